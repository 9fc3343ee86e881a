package io.strandline.server.impl.security;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** How a test waits. */
public final class Futures {

    private static final long DEADLINE_SECONDS = 60;

    private Futures() {}

    public static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    public static Throwable failure(Future<?> future) {
        try {
            throw new AssertionError("completed with " + get(future));
        } catch (RuntimeException e) {
            return e;
        }
    }

    public static void until(Vertx vertx, BooleanSupplier observed) {
        Promise<Void> seen = Promise.promise();
        long timer = vertx.setPeriodic(5, ticked -> {
            if (observed.getAsBoolean()) {
                seen.tryComplete();
            }
        });
        get(seen.future());
        vertx.cancelTimer(timer);
    }
}
