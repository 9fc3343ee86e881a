package io.strandline.benchmarks;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;

/** Waits where waiting is right: on the main thread of a side, which is no context. */
public final class Awaited {

    private Awaited() {}

    /** Blocks until a future completes. */
    public static <T> T await(Future<T> future) throws ExecutionException, InterruptedException {
        return future.toCompletionStage().toCompletableFuture().get();
    }
}
