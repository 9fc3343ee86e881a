package io.strandline.processing.aggregate.impl;

import io.vertx.core.Context;

/** Tries something again within a time, with pauses that double. */
final class Pauses {

    private static final long MIN_MILLIS = 5;
    private static final long MAX_MILLIS = 500;

    private final Context context;
    private final long since = System.nanoTime();
    private final long mostMillis;
    private long millis = MIN_MILLIS;

    /** @param mostMillis after which nothing is tried again */
    Pauses(Context context, long mostMillis) {
        this.context = context;
        this.mostMillis = mostMillis;
    }

    /** Tries again after a pause. False if the time is over. */
    boolean again(Runnable attempt) {
        if (System.nanoTime() - since >= mostMillis * 1_000_000) {
            return false;
        }
        context.owner().setTimer(millis, timer -> context.runOnContext(ignored -> attempt.run()));
        millis = Math.min(MAX_MILLIS, millis * 2);
        return true;
    }
}
