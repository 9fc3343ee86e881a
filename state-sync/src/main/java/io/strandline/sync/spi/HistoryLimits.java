package io.strandline.sync.spi;

import io.strandline.Limits;

/**
 * Limits for what a store keeps of one name.
 *
 * @param maxValueBytes of one revision or snapshot, as encoded. A larger one is Invalid. 1 KiB to 16 MiB
 * @param maxUpdatesKept revisions. The oldest make room if a whole state covers them, otherwise appends are answered
 *     Full. 2 to 100,000
 * @param maxBytesKept in these revisions, with the same answer. Twice {@code maxValueBytes} to 256 MiB
 * @param maxWritersKept writers whose last append is remembered, so that its repeat is recognised. The writer that was
 *     silent for the longest time is forgotten, and a repeat of its append is answered Undecided. 1 to 10,000
 */
public record HistoryLimits(int maxValueBytes, int maxUpdatesKept, int maxBytesKept, int maxWritersKept) {

    /** Values of 1 MiB, 256 updates of together 4 MiB, and 256 writers. */
    public static final HistoryLimits DEFAULT = new HistoryLimits(1 << 20, 256, 4 << 20, 256);

    /**
     * Checks every value.
     *
     * @throws io.strandline.StrandlineException.Invalid if one is out of its bounds
     */
    public HistoryLimits {
        Limits.require("maxValueBytes", maxValueBytes, 1 << 10, 16 << 20);
        Limits.require("maxUpdatesKept", maxUpdatesKept, 2, 100_000);
        Limits.require("maxBytesKept", maxBytesKept, 2L * maxValueBytes, 256 << 20);
        Limits.require("maxWritersKept", maxWritersKept, 1, 10_000);
    }
}
