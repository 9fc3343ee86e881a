package io.strandline.processing.pipeline.impl.task;

import io.strandline.StrandlineException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Carries a call to the context that owns the state it touches, and its answer back to the caller's context. */
public final class Hop {

    private Hop() {}

    /**
     * Runs the call on the owner's context. The future completes on the context of the caller, with what the call throws, too. Callable
     * from any thread. Fails with Unavailable if the owner's context has ended because Vert.x was closed.
     */
    public static <T> Future<T> to(Context owner, Supplier<Future<T>> call) {
        ContextInternal caller = (ContextInternal) owner.owner().getOrCreateContext();
        Promise<T> answer = caller.promise();
        try {
            owner.runOnContext(ignored -> {
                Future<T> done;
                try {
                    done = call.get();
                } catch (Throwable e) { // a codec or a function of the application may throw an Error
                    done = Future.failedFuture(e);
                }
                done.onComplete(answer);
            });
        } catch (RejectedExecutionException e) {
            return Future.failedFuture(new StrandlineException.Unavailable("the Vert.x instance is closed"));
        }
        return answer.future();
    }
}
