package io.strandline.sync.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.vertx.core.Future;
import java.util.function.Supplier;

/** Calls that are made for each subscription, not before. A call that throws signals that. */
final class Subscribed {

    private Subscribed() {}

    static <T> Single<T> single(Supplier<Future<T>> call) {
        return Single.create(emitter -> call.get().onComplete((result, failure) -> {
            if (failure != null) {
                emitter.tryOnError(failure);
            } else {
                emitter.onSuccess(result);
            }
        }));
    }

    static Completable completable(Supplier<Future<Void>> call) {
        return Completable.create(emitter -> call.get().onComplete((done, failure) -> {
            if (failure != null) {
                emitter.tryOnError(failure);
            } else {
                emitter.onComplete();
            }
        }));
    }
}
