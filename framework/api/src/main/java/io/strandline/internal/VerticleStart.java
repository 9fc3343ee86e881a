package io.strandline.internal;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.RejectedExecutionException;

/**
 * The end of what a verticle does when it starts, as Vert.x may be told of it.
 *
 * <p>A Vert.x instance that closes gives up starts that are under way, and throws {@code IllegalStateException} at whoever ends one
 * of them later. That would be whoever answers the last call of the start, a log or a store, in the middle of other answers.
 */
public final class VerticleStart {

    private VerticleStart() {}

    /**
     * What {@code start()} of a verticle is to return. It completes as the given future does, in a turn of its own on the context, and
     * never if the context has closed.
     *
     * @param context of the verticle
     * @param start may complete on any thread
     */
    public static <T> Future<T> told(Context context, Future<T> start) {
        CloseFuture closing = ((ContextInternal) context).closeFuture();
        Promise<T> told = Promise.promise();
        start.onComplete((done, cause) -> {
            try {
                context.runOnContext(turn -> {
                    if (!closing.isClosed()) {
                        told.complete(done, cause);
                    }
                });
            } catch (RejectedExecutionException loopsHaveEnded) {
                // So nobody waits for it.
            }
        });
        return told.future();
    }
}
