package io.strandline.processing.pipeline.impl.task;

import io.strandline.StrandlineException;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One stretch of time in which something that a pipeline needs is away. It is tried again, with pauses that double, until the
 * stretch is longer than the options allow.
 */
final class Outage {

    private static final long MIN_PAUSE_MILLIS = 5;
    private static final long MAX_PAUSE_MILLIS = 500;

    private final Vertx vertx;
    private final long longestMillis;
    private final long beginNanos = System.nanoTime();
    private long pauseMillis = MIN_PAUSE_MILLIS;

    Outage(Vertx vertx, long longestMillis) {
        this.vertx = vertx;
        this.longestMillis = longestMillis;
    }

    /** True if the same call may succeed later. */
    static boolean mayPass(Throwable cause) {
        return cause instanceof StrandlineException.Unavailable
                || cause instanceof StrandlineException.Overloaded
                || cause instanceof StrandlineException.NotOwner
                || cause instanceof StrandlineException.Unknown;
    }

    /** Tries again after a pause, or gives up with the cause, if it does not pass or has lasted too long. */
    void retry(Throwable cause, Runnable again, Consumer<Throwable> giveUp) {
        if (!mayPass(cause) || System.nanoTime() - beginNanos > TimeUnit.MILLISECONDS.toNanos(longestMillis)) {
            giveUp.accept(cause);
            return;
        }
        long pause = pauseMillis;
        pauseMillis = Math.min(MAX_PAUSE_MILLIS, 2 * pause);
        vertx.setTimer(pause, fired -> again.run());
    }
}
