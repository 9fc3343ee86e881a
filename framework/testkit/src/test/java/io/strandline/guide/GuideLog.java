package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.server.Doors;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A log in memory with the stream of the guide's examples. A test runs on one context, as a verticle does. */
abstract class GuideLog {

    static final String ORDERS = "shop/orders";

    private static final long DEADLINE_SECONDS = 60;

    final Vertx vertx = Vertx.vertx();
    final Context context = ((VertxInternal) vertx).createEventLoopContext();
    Strandline log = get(Doors.open(vertx, "memory:"));

    @BeforeEach
    final void createStream() {
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(ORDERS, new StreamOptions().setPartitions(4)));
    }

    @AfterEach
    final void close() {
        get(vertx.close());
    }

    /** Runs a step on the test's context. */
    final <T> T run(Supplier<Future<T>> step) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(
                begin -> Future.succeededFuture().compose(begun -> step.get()).onComplete(promise));
        return get(promise.future());
    }

    static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no result within " + DEADLINE_SECONDS + " s", e);
        }
    }
}
