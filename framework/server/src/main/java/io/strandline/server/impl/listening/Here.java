package io.strandline.server.impl.listening;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;

/** Brings answers to the context of a connection. What the log, security and an application give completes on any thread. */
public final class Here {

    private Here() {}

    /**
     * A future that is complete, or completes on a context. To be called there.
     *
     * @param anywhere may have a context of its own, on which it would call back also when it is complete
     */
    public static <T> Future<T> on(ContextInternal context, Future<T> anywhere) {
        if (anywhere.succeeded()) {
            return Future.succeededFuture(anywhere.result());
        }
        if (anywhere.failed()) {
            return Future.failedFuture(anywhere.cause());
        }
        Promise<T> here = context.promise();
        anywhere.onComplete(here);
        return here.future();
    }
}
