package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import java.util.IdentityHashMap;
import java.util.function.LongSupplier;

/**
 * How long each operator of a task takes, without those that it passes events on to. Measures single steps, because the clock costs as
 * much as a small operator. What a measured step does outside of all other operators belongs to the first one, which the stage reads.
 *
 * <p>Belongs to the task's context.
 */
public final class OperatorTimes {

    /** Of what belongs to no operator. It never measures. */
    public static final OperatorTimes NONE = new OperatorTimes(0, () -> 0);

    private static final int FIRST = 0;

    private final LongSupplier nanoTime;
    private final long[] nanos;
    /** To which operator a thing belongs that has time of its own: an operator with timers, or the target of outputs. */
    private final IdentityHashMap<Object, Integer> owners = new IdentityHashMap<>();

    private boolean measures;
    /** The operator that is at work, while a step is measured. */
    private int current;

    private long since;

    OperatorTimes(int operators, LongSupplier nanoTime) {
        this.nanos = new long[operators];
        this.nanoTime = nanoTime;
    }

    /** A step begins that is to be measured. */
    public void begin() {
        measures = true;
        current = FIRST;
        since = nanoTime.getAsLong();
    }

    /** The measured step is over. If it has failed, the rest of its time belongs to the operator that has failed. */
    public void end() {
        turnTo(FIRST);
        measures = false;
    }

    boolean measures() {
        return measures;
    }

    /** Hands an event to an operator while a step is measured. */
    void measured(int operator, OperatorInput input, Object event) {
        int before = turnTo(operator);
        input.accept(event);
        turnTo(before);
    }

    /** What belongs to an operator without being one of its inputs. */
    void owned(Object thing, int operator) {
        owners.putIfAbsent(thing, operator);
    }

    /** An operator does what is due. Returns what {@link #fired} takes. */
    int fires(TimedOperator operator) {
        return measures ? turnTo(owners.getOrDefault(operator, FIRST)) : FIRST;
    }

    /** It is done. */
    void fired(int before) {
        if (measures) {
            turnTo(before);
        }
    }

    /** The outputs of an operator are appended from now on. */
    public void appends(Operator.Target target) {
        if (measures) {
            turnTo(owners.getOrDefault(target, FIRST));
        }
    }

    /** All outputs of the step are appended. */
    public void appended() {
        if (measures) {
            turnTo(FIRST);
        }
    }

    private int turnTo(int operator) {
        long now = nanoTime.getAsLong();
        nanos[current] += now - since;
        since = now;
        int before = current;
        current = operator;
        return before;
    }

    /** For each operator of the stage, the nanoseconds of the steps that were measured. */
    public long[] nanos() {
        return nanos.clone();
    }
}
