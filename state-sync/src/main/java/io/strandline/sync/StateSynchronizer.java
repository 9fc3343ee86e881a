package io.strandline.sync;

import io.strandline.StreamName;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Function;

/**
 * A state that several verticles, or several members of a cluster, read and change together, each with a copy of its own.
 *
 * <p>A change is made against the newest revision or not at all. Who loses the race gets what it missed with the refusal,
 * and decides again on the state after it; so no update is lost, and none is applied to a state that its author did not
 * see. All synchronizers of a name go through the same states in the same order. Calls of one synchronizer run one after
 * the other.
 *
 * <p>It is meant for small states with moderate change: configuration, assignments, membership. Every change goes through
 * one place, so it is no replacement for a stream.
 *
 * <p>How durable a completed change is, and whether a revision that was seen can be lost, is the store's promise. If a
 * store did lose revisions, the synchronizer follows it, logs a warning, and its revision goes back.
 *
 * <p>Any thread may call. The functions of the application run on the context on which the synchronizer was opened;
 * futures complete on the context of the caller, or on the synchronizer's if the caller has none. Calls fail with
 *
 * <ul>
 *   <li>{@link io.strandline.StrandlineException.Invalid} if a function or codec of the application throws, or a value is
 *       above the store's limit: nothing was appended, and the state is as before;
 *   <li>{@link io.strandline.StrandlineException.Conflict} if others were faster {@link
 *       SynchronizerOptions#getMaxAttempts()} times, or in {@link #compareAndSet} once: nothing was appended, and {@link
 *       #state()} holds what was missed;
 *   <li>{@link io.strandline.StrandlineException.Overloaded} if {@link SynchronizerOptions#getMaxWaitingCalls()} wait
 *       already;
 *   <li>{@link io.strandline.StrandlineException.Unavailable} if the store cannot serve, or the synchronizer was closed
 *       while the call waited: nothing was appended;
 *   <li>{@link io.strandline.StrandlineException.Unknown} if the store did not answer an append, and it may stand. The
 *       synchronizer has repeated it until then, which is safe; the application must look, with {@link #fetch()}.
 * </ul>
 *
 * <p>The idea, optimistic updates over a totally ordered log, is that of Pravega's state synchronizer.
 *
 * @param <S> the state; a value that nobody changes
 * @param <U> an update of it
 */
public interface StateSynchronizer<S, U> {

    /** Opens a synchronizer with default options. */
    static <S, U> Future<StateSynchronizer<S, U>> open(
            Vertx vertx, RevisionStore store, String name, StateModel<S, U> model) {
        return open(vertx, store, name, model, new SynchronizerOptions());
    }

    /**
     * Opens a synchronizer on the current context, and completes when it has read the newest state.
     *
     * @param name {@code scope/name}, under the rules of {@link StreamName}; a name that nobody used begins with the initial
     *     state
     * @throws io.strandline.StrandlineException.Invalid if the name or an option is invalid
     */
    static <S, U> Future<StateSynchronizer<S, U>> open(
            Vertx vertx, RevisionStore store, String name, StateModel<S, U> model, SynchronizerOptions options) {
        return QueuedSynchronizer.open(vertx, store, StreamName.parse(name), model, new SynchronizerOptions(options));
    }

    /** What this synchronizer synchronizes. */
    StreamName name();

    /** The newest state that this synchronizer has heard of. Never waits; others may be ahead. */
    Revisioned<S> state();

    /** Reads the newest state: at least every change that completed before this call. */
    Future<Revisioned<S>> fetch();

    /**
     * Changes the state: the function gets the newest state known and returns what to append, all of it as one revision.
     * It may be called several times, with other states, so it has no side effects. Completes with the state behind its
     * updates.
     *
     * <p>If it returns nothing, the future completes with the state that it saw, once a read has confirmed that this was
     * the newest one.
     */
    Future<Revisioned<S>> update(Function<S, List<U>> decide);

    /**
     * Replaces the whole state if its revision is the given one, and fails with Conflict otherwise.
     *
     * @param revision 0 for a state that nobody wrote
     */
    Future<Revisioned<S>> compareAndSet(long revision, S next);

    /**
     * Goes back to the initial state if the revision is the given one, and fails with Conflict otherwise. This is a revision
     * too: numbers go on.
     */
    Future<Revisioned<S>> compareAndDelete(long revision);

    /**
     * Hands the store the whole newest state, so that it needs fewer updates. A synchronizer does so by itself after {@link
     * SynchronizerOptions#getCompactAfter()} revisions.
     */
    Future<Void> compact();

    /** Ends this synchronizer when the call in progress is done; waiting ones fail Unavailable. The state stays. */
    Future<Void> close();
}
