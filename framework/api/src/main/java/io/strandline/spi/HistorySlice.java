package io.strandline.spi;

import java.util.List;

/**
 * Events of one key, and the rest of the request.
 *
 * @param from the first offset that was not searched
 * @param to the offset after the last that was not searched. Not above {@code from} if nothing is left
 * @param events the events found, in the direction of the request. May be none although something is left
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
     * One event: a record in the format of {@link Batch}, with its offset and stamp from the batch.
     *
     * @param offset its offset
     * @param stamp its stamp
     * @param bytes an array that holds the record. Shared, must not be changed
     * @param at where the record begins
     * @param length its length in bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // shared by reference, never compared
    public record Event(long offset, long stamp, byte[] bytes, int at, int length) {}
}
