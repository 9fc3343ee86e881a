package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import java.util.List;

/**
 * How many events each operator of a task has passed on. What came to an operator is what those before it have passed on, so one
 * number each is enough. Belongs to the task's context.
 */
public final class PassedEvents {

    private final List<Operator> operators;
    private final OperatorTimes times;
    private final long[] passed;

    /** One of those that take the events of an operator. */
    record Taker(int operator, OperatorInput input) {}

    /** @param operators of the stage, each after those whose events it takes */
    PassedEvents(List<Operator> operators, OperatorTimes times) {
        this.operators = operators;
        this.times = times;
        this.passed = new long[operators.size()];
    }

    /** How long the operators take. */
    OperatorTimes times() {
        return times;
    }

    /** Counts the events that an operator passes on, and measures those that take them, in their order. */
    OperatorInput counting(int operator, List<Taker> takers) {
        if (takers.size() != 1) {
            return countingEach(operator, takers.toArray(Taker[]::new));
        }
        int taking = takers.get(0).operator();
        OperatorInput next = takers.get(0).input();
        return event -> {
            passed[operator]++;
            if (times.measures()) {
                times.measured(taking, next, event);
            } else {
                next.accept(event);
            }
        };
    }

    private OperatorInput countingEach(int operator, Taker[] takers) {
        return event -> {
            passed[operator]++;
            for (Taker taker : takers) {
                if (times.measures()) {
                    times.measured(taker.operator(), taker.input(), event);
                } else {
                    taker.input().accept(event);
                }
            }
        };
    }

    /** The operators of the stage, in their order. */
    public List<Operator> operators() {
        return operators;
    }

    /**
     * For each operator the number of events that came to it, and then the number of those that it passed on. What a stage reads has
     * come to its first operator.
     */
    public long[] inAndOut() {
        long[] counts = new long[2 * passed.length];
        for (int i = 0; i < passed.length; i++) {
            counts[2 * i + 1] = passed[i];
            counts[2 * i] = i == 0 ? passed[0] : in(operators.get(i));
        }
        return counts;
    }

    private long in(Operator operator) {
        long in = 0;
        for (Operator input : operator.inputs()) {
            int index = indexOf(input);
            in += index < 0 ? 0 : passed[index];
        }
        return in;
    }

    /** Compares by identity: two operators may be equal and yet be at two places. An input of another stage is not here. */
    private int indexOf(Operator operator) {
        for (int i = 0; i < operators.size(); i++) {
            if (operators.get(i) == operator) {
                return i;
            }
        }
        return -1;
    }
}
