package io.strandline.processing.group.impl.feed;

import io.strandline.EventRecord;

/** How the events of one feed reach the handler: one at a time, by key, or in batches. Everything happens on the feed's context. */
interface Deliveries {

    /** The offset of the next event that is to come from the source. */
    long end();

    /** True if a position was reached that the handler has not accounted for yet. */
    boolean isCollecting();

    /** True while the handler has something that it is not done with. */
    boolean isAtHandler();

    /**
     * An event has come, the feed being free.
     *
     * @param unwanted true for one that the group passes over
     */
    void take(EventRecord<Object> record, boolean unwanted);

    /** Hands over one event, the feed being busy with it. */
    void deliver(EventRecord<Object> record, int attempt);

    /** The feed went on to a position without its handler. Gives the position up to which everything is done by that. */
    long passOver(long next);

    /** Hands over what was collected, if the feed is free. */
    void flush();

    /** As {@link #flush}, on a later turn, so that the events of this turn go together. */
    void flushLater();

    /** Counts a delivery as failed if its handler takes too long. A later result of the handler is ignored. */
    void giveUpHandler(long timeoutMillis, long nowNanos);

    /** The feed stops: nothing that was collected is handed over, unless a later event was. */
    void stop();

    // ---- only deliveries that hold several events have more to say

    /** True if the feed should read no further for now. */
    default boolean holdsEnough() {
        return false;
    }

    /** The feed reads on, or reads no further, by what {@link #holdsEnough} was. */
    default void followed(boolean enough) {}

    /** True if an event after this one was handed over, so that this one is handed over even if the reader pauses. */
    default boolean mustFill(long offset) {
        return false;
    }

    /** True if a feed that has stopped need not wait for its events. */
    default boolean isSettled() {
        return true;
    }
}
