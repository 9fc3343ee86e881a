package io.strandline.processing.group;

import io.strandline.EventRecord;
import io.strandline.StreamName;

/**
 * An event as a group hands it to a handler.
 *
 * @param stream where it was read
 * @param record the event, its place and its key
 * @param attempt which delivery of it this is, from 1, as far as the group knows: a first delivery is not written down, so
 *     after a crash it may come as number 1 again
 */
public record GroupEvent<E>(StreamName stream, EventRecord<E> record, int attempt) {

    /** What happened. */
    public E event() {
        return record.event();
    }
}
