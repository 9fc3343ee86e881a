package io.strandline.log.spi;

/**
 * What the forces of a journal were like since it was opened.
 *
 * @param forces their number
 * @param bytes bytes of frames that they made durable
 * @param nanos how long they took together, in nanoseconds
 * @param recentMaxNanos how long the longest of the last half minute to minute took, in nanoseconds
 */
public record ForceFigures(long forces, long bytes, long nanos, long recentMaxNanos) {

    /** Of a journal that does not measure. */
    public static final ForceFigures NONE = new ForceFigures(0, 0, 0, 0);
}
