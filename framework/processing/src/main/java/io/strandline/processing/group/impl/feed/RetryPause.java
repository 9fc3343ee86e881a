package io.strandline.processing.group.impl.feed;

import org.jspecify.annotations.Nullable;

/** The pause before another delivery, while which the feed holds what it has in hand. Belongs to the reader's context. */
final class RetryPause {

    private final GroupRuntime runtime;
    private @Nullable Long timer;

    RetryPause(GroupRuntime runtime) {
        this.runtime = runtime;
    }

    /** @param then runs when the pause is over, and not if it is ended before */
    void begin(long millis, Runnable then) {
        timer = runtime.timer(millis, () -> {
            timer = null;
            then.run();
        });
    }

    /** True if a pause was under way, and is no longer. */
    boolean end() {
        Long waiting = timer;
        if (waiting == null) {
            return false;
        }
        timer = null;
        runtime.cancel(waiting);
        return true;
    }
}
