package io.strandline.spi;

import java.util.List;

/**
 * Consecutive batches of one partition.
 *
 * @param startOffset start offset of the partition when it was read
 * @param endOffset end offset of the partition when it was read
 * @param sealed true if the partition takes no more events, so that its end is final
 * @param segments the batches in order. The first may begin before the offset that was asked for
 */
public record ReadSlice(long startOffset, long endOffset, boolean sealed, List<Segment> segments) {

    /** A slice of a partition that still takes events. */
    public ReadSlice(long startOffset, long endOffset, List<Segment> segments) {
        this(startOffset, endOffset, false, segments);
    }

    /**
     * Consecutive batches in an array, which is shared and must not be changed.
     *
     * @param bytes the array
     * @param from index of the first batch
     * @param to index after the last batch
     */
    @SuppressWarnings("ArrayRecordComponent") // shared by reference, never compared
    public record Segment(byte[] bytes, int from, int to) {}

    public boolean isEmpty() {
        return segments.isEmpty();
    }
}
