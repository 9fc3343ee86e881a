package io.strandline.processing.pipeline.impl.operator;

/** An operator that has things to do when the watermark, or the clock, has come so far. Belongs to the task's context. */
interface TimedOperator {

    /** When the next thing is to be done, {@link Long#MAX_VALUE} if nothing is. */
    long nextTime();

    /**
     * When the last thing is to be done that a silent source must not hold back, {@link Long#MIN_VALUE} if nothing is: event
     * time goes on so far without events.
     */
    default long lastTime() {
        return Long.MIN_VALUE;
    }

    /**
     * Does the next thing, for one key.
     *
     * @param passesOn false does it without its effect: a timer is cleared, a window is over, and nothing is computed or
     *     passed on
     */
    void fire(boolean passesOn);

    /** When the clock has the next thing done, {@link Long#MAX_VALUE} if it has nothing. */
    default long nextClockTime() {
        return Long.MAX_VALUE;
    }

    /** As {@link #fire}, for the next thing that the clock has done. */
    default void fireOfClock(boolean passesOn) {
        throw new IllegalStateException("nothing waits for the clock");
    }

    /** The step has failed, and its changes to the store were put back: what is known beside the store is void. */
    default void undone() {}

    /** Forgets what no event can change any more. Called between two steps. */
    default void forget(long watermark) {}
}
