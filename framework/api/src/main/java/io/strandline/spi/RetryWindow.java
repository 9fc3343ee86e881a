package io.strandline.spi;

import io.strandline.StrandlineException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of failures of one thing that is tried again: only while its failures are transient
 * ({@link StrandlineException#isTransient()}), after pauses that grow, and for no longer than its bound. Belongs to one
 * context.
 */
public final class RetryWindow {

    /** Not a pause: the failure is not to be tried again. */
    public static final long OVER = -1;

    private final LongSupplier nanoTime;
    private final Backoff backoff;
    private final long boundNanos;
    private boolean open;
    private long beginNanos;

    /**
     * A window that is closed, which means that nothing has failed yet.
     *
     * @param nanoTime the clock, as {@link System#nanoTime}
     * @param boundMillis how long after its beginning the last attempt may begin, in milliseconds
     */
    public RetryWindow(LongSupplier nanoTime, Backoff backoff, long boundMillis) {
        this.nanoTime = nanoTime;
        this.backoff = backoff;
        this.boundNanos = TimeUnit.MILLISECONDS.toNanos(boundMillis);
    }

    /** As the constructor, with the clock of the JVM and the usual {@link Backoff}. */
    public static RetryWindow of(long boundMillis) {
        return RetryTime.SYSTEM.window(boundMillis);
    }

    /** Begins the window now, and not with the first failure. */
    public RetryWindow begin() {
        open = true;
        beginNanos = nanoTime.getAsLong();
        backoff.reset();
        return this;
    }

    /** Closes the window: an attempt has succeeded. */
    public void close() {
        open = false;
        backoff.reset();
    }

    /** Milliseconds to wait before the next attempt, or {@link #OVER}. The first failure of a closed window begins it. */
    public long pauseAfter(@Nullable Throwable failure) {
        return StrandlineException.isTransient(failure) ? pause() : OVER;
    }

    /** As {@link #pauseAfter}, for a failure that the caller has judged to be transient. */
    public long pause() {
        if (!open) {
            begin();
        }
        return nanoTime.getAsLong() - beginNanos < boundNanos ? backoff.next() : OVER;
    }
}
