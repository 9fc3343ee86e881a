package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;

/**
 * What a {@link Step} can do besides returning a state.
 *
 * @param <R> event that the step emits
 */
public interface StepContext<R> extends RecordContext {

    /** Most timers that one key of one operator may have at a time. */
    int MAX_TIMERS = 100;

    /** Passes an event on, under the key and at the time at hand. */
    void emit(R event);

    /**
     * Sets a timer of this key. It fires once, when the watermark reaches its time, in the order of times, operators and
     * keys. A timer for a time that has passed is set for the watermark, and fires after this step. A second timer for the
     * same time is the same timer.
     *
     * @param time in milliseconds since the epoch
     * @throws StrandlineException.Invalid if the operator has no {@link TimerStep}, or if a timer step sets a timer that is
     *     not later than its own
     * @throws StrandlineException.Overloaded if the key has {@value #MAX_TIMERS} timers
     */
    void setTimer(long time);

    /** Clears the timer of this key at a time, if there is one. */
    void clearTimer(long time);
}
