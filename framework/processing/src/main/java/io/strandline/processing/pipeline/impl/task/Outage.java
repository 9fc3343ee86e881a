package io.strandline.processing.pipeline.impl.task;

import io.strandline.spi.RetryWindow;
import io.vertx.core.Vertx;
import java.util.function.Consumer;

/**
 * One stretch of time in which something that a pipeline needs is away. It is tried again, with pauses that double, until the
 * stretch is longer than the options allow.
 */
final class Outage {

    private final Vertx vertx;
    private final RetryWindow retries;

    Outage(Vertx vertx, long longestMillis) {
        this.vertx = vertx;
        this.retries = RetryWindow.of(longestMillis).begin();
    }

    /** Tries again after a pause, or gives up with the cause, if it does not pass or has lasted too long. */
    void retry(Throwable cause, Runnable again, Consumer<Throwable> giveUp) {
        long pause = retries.pauseAfter(cause);
        if (pause == RetryWindow.OVER) {
            giveUp.accept(cause);
        } else {
            vertx.setTimer(pause, fired -> again.run());
        }
    }
}
