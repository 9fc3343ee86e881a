package io.strandline.sync;

import io.strandline.StreamName;
import io.strandline.internal.Implementation;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * The synchronizers of one process on one store. Create one such object for each store, and open all names through it.
 *
 * <p>Synchronizers of one name that were opened by one {@code StateSync} share their path to the store. Their updates are
 * decided one after the other, each on its own context, and go to the store together as one append. So they never refuse
 * each other, and many updates cost one write. Synchronizers that other processes or another {@code StateSync} opened are
 * competitors, as {@link StateSynchronizer} says.
 *
 * <p>Any thread may call. Batching needs no timer: calls that arrive while an append is in flight go with the next one.
 */
public interface StateSync {

    /** Creates one with default options. */
    static StateSync create(Vertx vertx, RevisionStore store) {
        return create(vertx, store, new StateSyncOptions());
    }

    /**
     * Creates one. Nothing is asked of the store yet.
     *
     * @throws io.strandline.StrandlineException.Invalid if an option is out of its bounds
     * @throws io.strandline.StrandlineException.Unavailable if Vert.x is closing
     */
    static StateSync create(Vertx vertx, RevisionStore store, StateSyncOptions options) {
        return Implementation.of(StateSyncProvider.class).create(vertx, store, new StateSyncOptions(options));
    }

    /** Opens a synchronizer with default options. */
    default <S, U> Future<StateSynchronizer<S, U>> open(String name, StateModel<S, U> model) {
        return open(name, model, new SynchronizerOptions());
    }

    /**
     * Opens a synchronizer on the current context, and completes when it has read the newest state. It is closed when its
     * verticle is undeployed.
     *
     * <p>Fails with {@link io.strandline.StrandlineException.NotFound} if the name was never written and {@link
     * SynchronizerOptions#isCreateIfMissing()} is off. Fails with Invalid if a codec cannot read the stored bytes, and
     * with Overloaded if {@link StateSyncOptions#getMaxNames()} are open. Fails with Unavailable if the store cannot
     * serve, or its owner is away for {@link StateSyncOptions#getAnswerTimeoutMillis()}, or after {@link #close()}.
     *
     * @param name {@code scope/name}, under the rules of {@link StreamName}. On a log, at most 190 characters
     * @throws io.strandline.StrandlineException.Invalid if the name or an option is invalid
     */
    <S, U> Future<StateSynchronizer<S, U>> open(String name, StateModel<S, U> model, SynchronizerOptions options);

    /**
     * Closes all synchronizers that it opened. Calls in flight are answered first. The store is not closed, it belongs to
     * its owner. If this object is open when Vert.x is closed, it closes with Vert.x, after the reader groups and before
     * the logs. Calling it again has no effect. It never throws.
     */
    Future<Void> close();
}
