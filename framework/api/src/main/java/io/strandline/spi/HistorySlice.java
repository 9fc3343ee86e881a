package io.strandline.spi;

import java.util.List;

/**
 * Events of one key, and what of the request is left.
 *
 * @param from the first offset that was not looked at
 * @param to the offset behind the last that was not looked at; not above {@code from} if nothing is left
 * @param events the events found, in the direction of the request; may be none although something is left
 */
public record HistorySlice(long from, long to, List<Event> events) {

    public HistorySlice {
        events = List.copyOf(events);
    }

    /** True if the whole request is answered. */
    public boolean isLast() {
        return from >= to;
    }

    /**
     * One event: a record as {@link Batch} draws it, and what its batch says of it.
     *
     * @param offset its offset
     * @param stamp its stamp
     * @param bytes an array that holds the record; shared, must not be changed
     * @param at where the record begins
     * @param length its length in bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // shared by reference, never compared
    public record Event(long offset, long stamp, byte[] bytes, int at, int length) {}
}
