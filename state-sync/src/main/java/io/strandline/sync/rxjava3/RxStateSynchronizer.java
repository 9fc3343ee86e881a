package io.strandline.sync.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.StreamName;
import io.strandline.sync.Change;
import io.strandline.sync.Confirmed;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSynchronizer;
import java.util.List;
import java.util.function.Function;

/**
 * {@link StateSynchronizer} for RxJava. Each call is made when it is subscribed to, once for each subscription. It may be
 * used from any thread. Calls that one thread subscribes to keep their order.
 */
public final class RxStateSynchronizer<S, U> {

    private final StateSynchronizer<S, U> synchronizer;

    private RxStateSynchronizer(StateSynchronizer<S, U> synchronizer) {
        this.synchronizer = synchronizer;
    }

    /** The same synchronizer, seen through RxJava. */
    public static <S, U> RxStateSynchronizer<S, U> of(StateSynchronizer<S, U> synchronizer) {
        return new RxStateSynchronizer<>(synchronizer);
    }

    /** The synchronizer itself. */
    public StateSynchronizer<S, U> delegate() {
        return synchronizer;
    }

    /** What this synchronizer synchronizes. */
    public StreamName name() {
        return synchronizer.name();
    }

    /**
     * The newest durable state that this synchronizer has heard of, at once.
     *
     * @see StateSynchronizer#state
     */
    public Revisioned<S> state() {
        return synchronizer.state();
    }

    /**
     * The same without its revision, at once.
     *
     * @see StateSynchronizer#value
     */
    public S value() {
        return synchronizer.value();
    }

    /**
     * The same, with how long ago it was confirmed, at once.
     *
     * @see StateSynchronizer#confirmed
     */
    public Confirmed<S> confirmed() {
        return synchronizer.confirmed();
    }

    /**
     * Reads the newest state.
     *
     * @see StateSynchronizer#fetch
     */
    public Single<Revisioned<S>> fetch() {
        return Subscribed.single(synchronizer::fetch);
    }

    /**
     * Changes the state.
     *
     * @see StateSynchronizer#update
     */
    public Single<Revisioned<S>> update(Function<S, List<U>> decide) {
        return Subscribed.single(() -> synchronizer.update(decide));
    }

    /**
     * Appends updates whatever the state is.
     *
     * @see StateSynchronizer#add
     */
    public Single<Revisioned<S>> add(List<U> updates) {
        return Subscribed.single(() -> synchronizer.add(updates));
    }

    /**
     * Replaces the whole state if its revision is the given one.
     *
     * @see StateSynchronizer#compareAndSet
     */
    public Single<Revisioned<S>> compareAndSet(long revision, S next) {
        return Subscribed.single(() -> synchronizer.compareAndSet(revision, next));
    }

    /**
     * Goes back to the initial state if the revision is the given one.
     *
     * @see StateSynchronizer#compareAndDelete
     */
    public Single<Revisioned<S>> compareAndDelete(long revision) {
        return Subscribed.single(() -> synchronizer.compareAndDelete(revision));
    }

    /**
     * Hands the store the whole newest state.
     *
     * @see StateSynchronizer#compact
     */
    public Completable compact() {
        return Subscribed.completable(synchronizer::compact);
    }

    /**
     * Reads the changes, beginning with the whole state as it is when the subscription begins. Requests become the demand
     * of a reader of its own, cancelling closes that, and closing the synchronizer completes it. Signalled on the context
     * of the synchronizer.
     *
     * @see StateSynchronizer#changes
     */
    public Flowable<Change<S, U>> changes() {
        return new ChangeFlowable<>(synchronizer::changes);
    }

    /**
     * Ends the synchronizer.
     *
     * @see StateSynchronizer#close
     */
    public Completable close() {
        return Subscribed.completable(synchronizer::close);
    }
}
