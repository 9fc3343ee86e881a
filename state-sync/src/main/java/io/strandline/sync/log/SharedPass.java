package io.strandline.sync.log;

import io.strandline.sync.impl.Attempt;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Work that serves all who ask for it together, if it begins after they have asked: who asks while it is under way waits for
 * the next time. So a look at the end of a stream counts for every read that began before the look, and a thousand reads
 * cost two.
 *
 * <p>Belongs to one context.
 */
final class SharedPass {

    private final Supplier<Future<Void>> work;
    private @Nullable Promise<Void> next;
    private boolean running;

    SharedPass(Supplier<Future<Void>> work) {
        this.work = work;
    }

    /** Completes, or fails, as the work that begins after this call. */
    Future<Void> join() {
        Promise<Void> mine = next;
        if (mine == null) {
            mine = Promise.promise();
            next = mine;
        }
        if (!running) {
            begin(mine);
        }
        return mine.future();
    }

    private void begin(Promise<Void> now) {
        running = true;
        next = null;
        Attempt.of(work).onComplete(result -> {
            running = false;
            Promise<Void> later = next;
            try {
                if (later != null) {
                    begin(later);
                }
            } finally {
                now.handle(result);
            }
        });
    }
}
