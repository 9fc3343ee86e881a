package io.strandline.testkit.sync;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for futures on a test's own thread. */
final class Awaited {

    /** Hazelcast may take a minute to notice that a member is gone, and does not close before. */
    static final int SECONDS = 120;

    private Awaited() {}

    static <T> T await(Future<T> future) {
        return await(future, SECONDS);
    }

    static <T> T await(Future<T> future, int seconds) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new CompletionException(failed.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("not done after " + seconds + " s", e);
        }
    }

    static StrandlineException failureOf(Future<?> future) {
        Object result;
        try {
            result = await(future);
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof StrandlineException expected) {
                return expected;
            }
            throw failed;
        }
        throw new AssertionError("completed with " + result);
    }
}
