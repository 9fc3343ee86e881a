package io.strandline.spi;

import io.strandline.Direction;
import io.strandline.Limits;
import io.strandline.StrandlineException;

/**
 * The request to read events of one key in a partition.
 *
 * @param key the routing key in UTF-8, at most {@link Limits#MAX_KEY_BYTES} long. Must not be changed
 * @param from the first offset, or {@link #START}
 * @param to the offset after the last, or {@link #END}
 * @param direction which way
 * @param maxBytes about how many bytes of events one slice may hold, 1 or more
 */
@SuppressWarnings("ArrayRecordComponent") // shared by reference, never compared
public record HistoryRequest(byte[] key, long from, long to, Direction direction, int maxBytes) {

    /** The start offset of the partition when it is read. */
    public static final long START = -1;

    /** The end offset of the partition when it is read. */
    public static final long END = Long.MAX_VALUE;

    /**
     * Checks the parts.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public HistoryRequest {
        Limits.require("length of the key in bytes", key.length, 0, Limits.MAX_KEY_BYTES);
        Limits.require("from offset", from, START, END);
        Limits.require("to offset", to, Math.max(0, from), END);
        Limits.require("maxBytes", maxBytes, 1, Integer.MAX_VALUE);
    }

    /** The same request for what a slice left. */
    public HistoryRequest after(HistorySlice slice) {
        return between(slice.from(), slice.to());
    }

    /** The same request for other offsets. */
    public HistoryRequest between(long first, long end) {
        return new HistoryRequest(key, first, end, direction, maxBytes);
    }

    /** True if old events come first. */
    public boolean isForward() {
        return direction == Direction.FORWARD;
    }
}
