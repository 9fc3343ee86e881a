package io.strandline.processing.aggregate.impl;

import io.strandline.spi.RetryWindow;
import io.vertx.core.Context;

/** Tries something again within a time, with pauses that double. */
final class Pauses {

    private final Context context;
    private final RetryWindow retries;

    /** @param mostMillis after which nothing is tried again */
    Pauses(Context context, long mostMillis) {
        this.context = context;
        this.retries = RetryWindow.of(mostMillis).begin();
    }

    /** Tries again after a pause. False if the time is over. */
    boolean again(Runnable attempt) {
        long pause = retries.pause();
        if (pause == RetryWindow.OVER) {
            return false;
        }
        context.owner().setTimer(pause, timer -> context.runOnContext(ignored -> attempt.run()));
        return true;
    }
}
