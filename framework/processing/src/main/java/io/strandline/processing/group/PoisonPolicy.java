package io.strandline.processing.group;

/** What becomes of an event that could not be processed in as many deliveries as the group allows. */
public enum PoisonPolicy {
    /**
     * The reader stops with the cause, and its partitions go to others, which try as often again; so the group stops reader by
     * reader, and nothing is passed over.
     */
    FAIL,
    /** The event is passed over; the decision is kept in the group's state. */
    SKIP,
    /** The event goes, with its cause, into the group's parking stream, from which it can be replayed or dropped. */
    PARK
}
