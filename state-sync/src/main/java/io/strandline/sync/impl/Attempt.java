package io.strandline.sync.impl;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** Makes calls. A refusal always becomes a failed future, even if it is thrown before there is a future. */
public final class Attempt {

    private Attempt() {}

    /** Makes a call. An exception that it throws fails the future. */
    public static <T> Future<T> of(Supplier<Future<T>> call) {
        try {
            return call.get();
        } catch (Throwable thrown) {
            return Future.failedFuture(thrown);
        }
    }
}
