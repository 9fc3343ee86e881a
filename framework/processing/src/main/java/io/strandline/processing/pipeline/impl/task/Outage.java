package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.impl.Retries;
import io.strandline.spi.RetryTime;
import io.vertx.core.Context;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One stretch of time in which something that a pipeline needs is away. It is tried again, with pauses that double, until the
 * stretch is longer than the options allow. What comes back may go again soon, and is still away then. The stretch has ended when it
 * has stayed for longer than a stretch may last.
 */
final class Outage {

    private final RetryTime time;
    private final long longestNanos;
    private final Retries retries;
    private boolean isBack;
    private long backNanos;

    Outage(Context context, long longestMillis) {
        this(context, RetryTime.SYSTEM, longestMillis);
    }

    Outage(Context context, RetryTime time, long longestMillis) {
        this.time = time;
        this.longestNanos = TimeUnit.MILLISECONDS.toNanos(longestMillis);
        this.retries = new Retries(context, time, longestMillis);
    }

    /** Tries again after a pause, or gives up with the cause, if it does not pass or has lasted too long. */
    void retry(Throwable cause, Runnable again, Consumer<Throwable> giveUp) {
        isBack = false;
        if (!retries.againAfter(cause, again)) {
            giveUp.accept(cause);
        }
    }

    /** An attempt has succeeded. */
    void back() {
        isBack = true;
        backNanos = time.nanos();
    }

    /** Whether the next failure begins another stretch. */
    boolean hasEnded() {
        return isBack && time.nanos() - backNanos > longestNanos;
    }
}
