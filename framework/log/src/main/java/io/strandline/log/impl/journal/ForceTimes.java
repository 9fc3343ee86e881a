package io.strandline.log.impl.journal;

import io.strandline.log.spi.ForceFigures;

/**
 * How long forces take, and how much they make durable. The recent maximum is that of this half minute and the one before, so
 * that who looks every half minute misses none. Used by one thread at a time.
 */
final class ForceTimes {

    private static final long WINDOW_NANOS = 30_000_000_000L;

    private long forces;
    private long bytes;
    private long nanos;
    private long windowFromNanos;
    private long maxOfWindow;
    private long maxOfWindowBefore;

    /**
     * A force has ended.
     *
     * @param took how long it took, in nanoseconds
     * @param nowNanos the time, by the clock that does not jump
     */
    void add(long took, long forcedBytes, long nowNanos) {
        turn(nowNanos);
        forces++;
        bytes += forcedBytes;
        nanos += took;
        maxOfWindow = Math.max(maxOfWindow, took);
    }

    private void turn(long nowNanos) {
        long windows = forces == 0 ? 2 : (nowNanos - windowFromNanos) / WINDOW_NANOS;
        if (windows > 0) {
            maxOfWindowBefore = windows == 1 ? maxOfWindow : 0;
            maxOfWindow = 0;
            windowFromNanos = forces == 0 ? nowNanos : windowFromNanos + windows * WINDOW_NANOS;
        }
    }

    ForceFigures figures(long nowNanos) {
        turn(nowNanos);
        return new ForceFigures(forces, bytes, nanos, Math.max(maxOfWindow, maxOfWindowBefore));
    }
}
