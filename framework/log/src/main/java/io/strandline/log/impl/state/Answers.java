package io.strandline.log.impl.state;

import io.strandline.spi.Logger;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers whose listeners may be anybody's. What one of them throws is logged, and harms neither the shard that answers nor
 * what it has to do next.
 */
public final class Answers {

    private static final Logger LOG = Logger.of(Answers.class);

    private Answers() {}

    public static <T> void give(Promise<T> promise, @Nullable T value) {
        try {
            promise.tryComplete(value);
        } catch (Throwable thrown) {
            report(thrown);
        }
    }

    public static void fail(Promise<?> promise, Throwable cause) {
        try {
            promise.tryFail(cause);
        } catch (Throwable thrown) {
            report(thrown);
        }
    }

    public static <T> void handle(Promise<T> promise, AsyncResult<T> outcome) {
        if (outcome.succeeded()) {
            give(promise, outcome.result());
        } else {
            fail(promise, outcome.cause());
        }
    }

    /** What a call returns, or what it throws as a failure. For calls that change nothing. */
    public static <T> Future<T> of(Supplier<Future<T>> call) {
        try {
            return call.get();
        } catch (Throwable thrown) {
            return Future.failedFuture(thrown);
        }
    }

    private static void report(Throwable thrown) {
        LOG.error("a listener of an answer threw", thrown);
    }
}
