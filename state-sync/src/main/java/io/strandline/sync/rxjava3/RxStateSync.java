package io.strandline.sync.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Vertx;

/**
 * {@link StateSync} for RxJava: each call is made when it is subscribed to, and each subscription makes its own.
 *
 * <p>With the generated Vert.x API for RxJava, pass {@code vertx.getDelegate()}.
 */
public final class RxStateSync {

    private final StateSync sync;

    private RxStateSync(StateSync sync) {
        this.sync = sync;
    }

    /**
     * Creates one. Nothing is asked of the store yet.
     *
     * @see StateSync#create(Vertx, RevisionStore, StateSyncOptions)
     */
    public static RxStateSync create(Vertx vertx, RevisionStore store, StateSyncOptions options) {
        return of(StateSync.create(vertx, store, options));
    }

    /** The same, seen through RxJava. */
    public static RxStateSync of(StateSync sync) {
        return new RxStateSync(sync);
    }

    /** The wrapped object. */
    public StateSync delegate() {
        return sync;
    }

    /**
     * Opens a synchronizer on the context of the subscriber.
     *
     * @see StateSync#open(String, StateModel, SynchronizerOptions)
     */
    public <S, U> Single<RxStateSynchronizer<S, U>> open(
            String name, StateModel<S, U> model, SynchronizerOptions options) {
        return Subscribed.single(() -> sync.open(name, model, options)).map(RxStateSynchronizer::of);
    }

    /**
     * Closes all synchronizers that it opened.
     *
     * @see StateSync#close
     */
    public Completable close() {
        return Subscribed.completable(sync::close);
    }
}
