package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls that are made for each subscription, not before. */
final class Subscribed {

    private Subscribed() {}

    static <T> Single<T> single(Supplier<Future<T>> call) {
        return single(null, call);
    }

    /** A null context means the subscriber's own. */
    static <T> Single<T> single(@Nullable ContextInternal context, Supplier<Future<T>> call) {
        return Single.create(emitter -> on(context, () -> call.get().onComplete((result, failure) -> {
            if (failure != null) {
                emitter.tryOnError(failure);
            } else {
                emitter.onSuccess(result);
            }
        })));
    }

    static Completable completable(Supplier<Future<Void>> call) {
        return completable(null, call);
    }

    static Completable completable(@Nullable ContextInternal context, Supplier<Future<Void>> call) {
        return Completable.create(emitter -> on(context, () -> call.get().onComplete((result, failure) -> {
            if (failure != null) {
                emitter.tryOnError(failure);
            } else {
                emitter.onComplete();
            }
        })));
    }

    /** Runs at once if this is the context's thread. Calls from one thread keep their order. */
    static void on(@Nullable ContextInternal context, Runnable action) {
        if (context == null || context.inThread()) {
            action.run();
        } else {
            context.runOnContext(ignored -> action.run());
        }
    }
}
