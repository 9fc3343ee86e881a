package io.strandline.sync;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * The attempts of one call: their number is bounded, and between them lies a random pause whose bound doubles. The first
 * repetition goes at once, for most conflicts are with one other writer that has finished.
 */
final class Attempts {

    private static final int MAX_DOUBLINGS = 20;

    private final ContextInternal context;
    private final SynchronizerOptions options;
    private final SplittableRandom random;
    private final long startNanos = System.nanoTime();
    private int made = 1;

    Attempts(ContextInternal context, SynchronizerOptions options, SplittableRandom random) {
        this.context = context;
        this.options = options;
        this.random = random;
    }

    /** Whether an append that may have been taken is worth a repeat: within the attempts, and the time of one answer. */
    boolean mayRepeat() {
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
        return !areSpent() && millis < options.getCallTimeoutMillis();
    }

    boolean areSpent() {
        return made >= options.getMaxAttempts();
    }

    /** Completes when the next attempt may be made, and fails with Conflict if there is none. */
    Future<Void> next(StreamName name, long revision) {
        if (areSpent()) {
            return Future.failedFuture(new StrandlineException.Conflict("update of " + name + " came behind others in "
                    + made + " attempts, the limit is " + options.getMaxAttempts() + "; the state is at revision "
                    + revision));
        }
        made++;
        long pause = pauseMillis();
        if (pause == 0) {
            return Future.succeededFuture();
        }
        Promise<Void> paused = Promise.promise();
        context.setTimer(pause, timer -> paused.complete());
        return paused.future();
    }

    private long pauseMillis() {
        if (made <= 2) {
            return 0;
        }
        long doubled = options.getBackOffMillis() << Math.min(MAX_DOUBLINGS, made - 3);
        return random.nextLong(Math.min(options.getMaxBackOffMillis(), doubled) + 1);
    }
}
