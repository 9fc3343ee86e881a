package io.strandline.processing.group;

/** What becomes of an event that could not be processed in as many deliveries as the group allows. */
public enum PoisonPolicy {
    /**
     * The reader stops with the cause, and its partitions go to others, which try as often again. So the group stops
     * reader by reader, and no event is passed over.
     */
    FAIL,
    /** The event is passed over. The decision is kept in the group's state. */
    SKIP,
    /**
     * The event goes, with its cause, into the group's parking stream, from which it can be replayed or dropped. For an
     * event that is too large, only its place goes there. If the parking stream cannot take events for a minute, nothing
     * is decided and the reader stops. After a change to another policy, an event that was to be parked is delivered
     * again, unless its key is held.
     */
    PARK
}
