package io.strandline.sync.impl;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** Makes calls of which a refusal is a failed future, also where it is thrown before there is a future. */
public final class Attempt {

    private Attempt() {}

    /** Makes a call; what it throws fails the future. */
    public static <T> Future<T> of(Supplier<Future<T>> call) {
        try {
            return call.get();
        } catch (Throwable thrown) {
            return Future.failedFuture(thrown);
        }
    }
}
