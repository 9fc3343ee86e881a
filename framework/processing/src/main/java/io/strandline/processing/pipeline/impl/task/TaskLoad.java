package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineDescription.OperatorLoad;
import io.strandline.processing.pipeline.PipelineDescription.Task;
import io.strandline.processing.pipeline.impl.operator.Operators;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much a task does. Measures one step in {@value Task#SAMPLED}, because the clock costs as much as a small step.
 *
 * <p>Belongs to the task's context.
 */
final class TaskLoad {

    /** Multiples of the golden ratio spread evenly, whatever the distance of the steps. */
    private static final long SCATTER = 0x9E37_79B9_7F4A_7C15L;

    private static final int SCATTER_SHIFT = Long.SIZE - Integer.numberOfTrailingZeros(Task.SAMPLED);

    private final long firstOffset;
    private final HeldTimes held;
    private long sampledAt;
    private long sampledEvents;
    private long sampledOutputs;
    private Map<Hold, Long> sampledHeld = Map.of();
    /** Of each operator, events in and then events out. */
    private long[] sampledPassed = {};
    /** Of each operator, nanoseconds of the measured steps. */
    private long[] sampledTimes = {};

    TaskLoad(long firstOffset, long nanoTime) {
        this.firstOffset = firstOffset;
        this.sampledAt = nanoTime;
        this.held = new HeldTimes(nanoTime);
    }

    /** One step in {@value Task#SAMPLED}, in no pattern: steps of one kind may be every other one. */
    static boolean isMeasured(long step) {
        return ((step * SCATTER) >>> SCATTER_SHIFT) == 0;
    }

    /** What holds the task up from now on: the task may not read, unless it is nothing. */
    void held(Hold by) {
        if (by != held.by()) {
            held.turnTo(by, System.nanoTime());
        }
    }

    /**
     * What is asked of a task, and when.
     *
     * @param stage name of its stage
     * @param end offset after the last event of its partition
     * @param nowMillis in milliseconds since the epoch
     * @param checkpointAgeMillis see {@link Task#checkpointAgeMillis}
     * @param nanoTime for durations
     */
    record Asked(String stage, long end, long nowMillis, long checkpointAgeMillis, long nanoTime) {}

    /**
     * How the task does. Rates and shares are of the time since this was called last.
     *
     * @param outputs since it began, in number
     * @param hold what holds it up
     * @param waitsFor the stage for which it waits, or null
     */
    Task describe(
            Asked asked, TaskPlace place, Operators operators, long outputs, Hold hold, @Nullable String waitsFor) {
        long offset = place.offset();
        Rates rates = since(offset, outputs, operators, asked.nanoTime());
        long lag = Math.max(0, asked.end() - offset);
        long clock = operators.clock();
        return new Task(
                asked.stage(),
                place.partition(),
                offset,
                lag,
                lag == 0 || clock == 0 ? 0 : Math.max(0, asked.nowMillis() - clock),
                operators.watermark(),
                rates.events(),
                outputs,
                rates.eventsPerSecond(),
                rates.outputsPerSecond(),
                rates.busyShare(),
                rates.heldShare(),
                hold,
                waitsFor,
                asked.checkpointAgeMillis(),
                rates.operators());
    }

    /**
     * What the task has done.
     *
     * @param events since it began, in number
     */
    private record Rates(
            long events,
            double eventsPerSecond,
            double outputsPerSecond,
            double busyShare,
            double heldShare,
            List<OperatorLoad> operators) {}

    private Rates since(long offset, long outputs, Operators operators, long nanoTime) {
        long events = offset - firstOffset;
        double nanos = Math.max(1, nanoTime - sampledAt);
        Map<Hold, Long> heldNow = held.until(nanoTime);
        Map<Hold, Double> heldShares = new EnumMap<>(Hold.class);
        heldNow.forEach(
                (by, time) -> heldShares.put(by, Math.min(1, (time - sampledHeld.getOrDefault(by, 0L)) / nanos)));
        List<OperatorLoad> loads = loads(operators, heldShares, nanos);
        Rates rates = new Rates(
                events,
                (events - sampledEvents) * 1e9 / nanos,
                (outputs - sampledOutputs) * 1e9 / nanos,
                Math.min(1, loads.stream().mapToDouble(OperatorLoad::busyShare).sum()),
                Math.min(
                        1,
                        heldShares.values().stream().mapToDouble(share -> share).sum()),
                loads);
        sampledAt = nanoTime;
        sampledEvents = events;
        sampledOutputs = outputs;
        sampledHeld = heldNow;
        return rates;
    }

    private List<OperatorLoad> loads(Operators operators, Map<Hold, Double> held, double nanos) {
        List<Operator> all = operators.passed().operators();
        long[] now = operators.passed().inAndOut();
        long[] times = operators.times().nanos();
        long[] before = sampledPassed.length == now.length ? sampledPassed : new long[now.length];
        long[] timesBefore = sampledTimes.length == times.length ? sampledTimes : new long[times.length];
        List<OperatorLoad> loads = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            int in = 2 * i;
            int out = in + 1;
            loads.add(new OperatorLoad(
                    all.get(i).label(),
                    now[in],
                    now[out],
                    (now[in] - before[in]) * 1e9 / nanos,
                    (now[out] - before[out]) * 1e9 / nanos,
                    Math.min(1, (times[i] - timesBefore[i]) * Task.SAMPLED / nanos),
                    HeldTimes.shareOf(all, i, held)));
        }
        sampledPassed = now;
        sampledTimes = times;
        return loads;
    }
}
