package io.strandline.processing.impl;

import io.strandline.spi.RetryTime;
import io.strandline.spi.RetryWindow;
import io.vertx.core.Context;

/**
 * Attempts at one thing within a bound, with pauses that double. The time counts from the creation of this object. Belongs to the
 * context that it is given, on which each attempt is made.
 */
public final class Retries {

    private final Context context;
    private final RetryWindow window;

    /** @param longestMillis how long after now the last pause may begin */
    public Retries(Context context, long longestMillis) {
        this(context, RetryTime.SYSTEM, longestMillis);
    }

    /** As the other, on a clock that is given. */
    public Retries(Context context, RetryTime time, long longestMillis) {
        this.context = context;
        this.window = time.window(longestMillis).begin();
    }

    /** Makes another attempt after a pause, and returns true. Returns false, and makes none, if the time is over. */
    public boolean again(Runnable attempt) {
        return after(window.pause(), attempt);
    }

    /** As {@link #again}, but makes no attempt after a failure that does not pass either. */
    public boolean againAfter(Throwable failure, Runnable attempt) {
        return after(window.pauseAfter(failure), attempt);
    }

    private boolean after(long pause, Runnable attempt) {
        if (pause == RetryWindow.OVER) {
            return false;
        }
        context.owner().setTimer(pause, timer -> context.runOnContext(ignored -> attempt.run()));
        return true;
    }
}
