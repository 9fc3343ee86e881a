package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import java.util.List;

/**
 * How many events each operator of a task has passed on. What came to an operator is what those before it have passed on, so one
 * number each is enough. Belongs to the task's context.
 */
public final class PassedEvents {

    private final List<Operator> operators;
    private final long[] passed;

    /** @param operators of the stage, each after those whose events it takes */
    PassedEvents(List<Operator> operators) {
        this.operators = operators;
        this.passed = new long[operators.size()];
    }

    /** Counts the events that an operator passes on. */
    OperatorInput counting(int operator, OperatorInput next) {
        return event -> {
            passed[operator]++;
            next.accept(event);
        };
    }

    public String label(int operator) {
        return operators.get(operator).label();
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
