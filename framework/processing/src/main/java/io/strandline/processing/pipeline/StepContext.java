package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;

/**
 * What a {@link Step} can do besides returning a state.
 *
 * @param <R> event that the step emits
 */
public interface StepContext<R> extends RecordContext {

    /** Most timers that one key of one operator may have at a time, those of the clock included. */
    int MAX_TIMERS = 100;

    /** No timer of the clock is at hand. */
    long NO_TIMER = Long.MIN_VALUE;

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

    /**
     * Sets a timer of this key that waits for the clock, whether or not events come. It fires once, when {@link #clock} reaches its
     * time: with the next event or the next tick, whichever comes first, after everything that is due in event time. In the
     * {@link TimerStep}, {@link #clockTimer} tells it from others. A timer for a time that has passed fires after this step.
     *
     * @param time in milliseconds since the epoch
     * @throws StrandlineException.Invalid if the operator has no {@link TimerStep}, or if a timer of the clock sets one that is
     *     not later than itself. One in event time must set one that is later than the clock
     * @throws StrandlineException.Overloaded if the key has {@value #MAX_TIMERS} timers
     */
    void setClockTimer(long time);

    /** Clears the timer of the clock of this key at a time, if there is one. */
    void clearClockTimer(long time);

    /** The time for which the timer of the clock at hand was set, or {@link #NO_TIMER} if an event or another timer is at hand. */
    long clockTimer();
}
