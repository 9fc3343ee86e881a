package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How long a task was held up, and by what. Belongs to the task's context. */
final class HeldTimes {

    private final Map<Hold, Long> nanos = new EnumMap<>(Hold.class);
    private Hold by = Hold.NONE;
    private long since;

    HeldTimes(long nanoTime) {
        this.since = nanoTime;
    }

    /** What holds the task up now. */
    Hold by() {
        return by;
    }

    /** Something else holds the task up from now on, or nothing. */
    void turnTo(Hold next, long nanoTime) {
        if (by != Hold.NONE) {
            nanos.merge(by, nanoTime - since, Long::sum);
        }
        by = next;
        since = nanoTime;
    }

    /** What has held the task up → nanoseconds since the task began. */
    Map<Hold, Long> until(long nanoTime) {
        turnTo(by, nanoTime);
        return Map.copyOf(nanos);
    }

    /**
     * The share of the time in which an operator has held the task up.
     *
     * @param operators of the stage, in their order
     * @param index of the operator
     * @param shares what has held the task up → share of the time
     */
    static double shareOf(List<Operator> operators, int index, Map<Hold, Double> shares) {
        double share = 0;
        for (Map.Entry<Hold, Double> hold : shares.entrySet()) {
            boolean isHere = isHolding(operators.get(index), index, hold.getKey())
                    || (index == 0 && nobodyHolds(operators, hold.getKey()));
            share += isHere ? hold.getValue() : 0;
        }
        return Math.min(1, share);
    }

    private static boolean nobodyHolds(List<Operator> operators, Hold hold) {
        for (int i = 0; i < operators.size(); i++) {
            if (isHolding(operators.get(i), i, hold)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the operator is one of those at which the task waits. */
    private static boolean isHolding(Operator operator, int index, Hold hold) {
        boolean isShuffle = index > 0 && operator instanceof Operator.Shuffle;
        return switch (hold) {
            case TABLE -> operator instanceof Operator.Lookup || operator instanceof Operator.TableJoin;
            case BRAKED -> isShuffle;
            case OUTPUTS -> isShuffle || operator instanceof Operator.Sink || operator instanceof Operator.Handle;
            default -> false;
        };
    }
}
