package io.strandline.processing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.function.Supplier;

/** Carries a call to the context that owns the state it touches, and its answer back to the caller's context. */
final class Hop {

    private Hop() {}

    /** Runs the call on the owner's context; the future completes on the context of the caller. Callable from any thread. */
    static <T> Future<T> to(Context owner, Supplier<Future<T>> call) {
        ContextInternal caller = (ContextInternal) owner.owner().getOrCreateContext();
        Promise<T> answer = caller.promise();
        owner.runOnContext(ignored -> {
            Future<T> done;
            try {
                done = call.get();
            } catch (RuntimeException e) {
                done = Future.failedFuture(e);
            }
            done.onComplete(answer);
        });
        return answer.future();
    }
}
