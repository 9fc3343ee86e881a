package io.strandline.sync;

import io.strandline.StreamName;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;

/**
 * A state that several verticles, or several members of a cluster, read and change together, each with its own copy.
 * {@link StateSync} opens it.
 *
 * <p>A change is made against the newest revision or not at all. A caller that loses the race gets the missed revisions
 * with the refusal, and decides again on the state after them. So no update is lost, and none is applied to a state that
 * its author did not see. All synchronizers of a name go through the same states in the same order. Calls of one
 * synchronizer are decided one after the other, in the order in which they were made.
 *
 * <p>Waiting calls of all synchronizers of the name in one {@link StateSync} go to the store together. Each has its own
 * revision. A call may be decided on revisions that are still in flight, but no result that depends on them is reported
 * before the store has them. This holds for states, and also for failures of the application's code.
 *
 * <p>It is meant for small states with moderate change: configuration, assignments, membership. Every change goes through
 * one place, so it is no replacement for a stream.
 *
 * <p>How durable a completed change is, and whether a revision that was seen can be lost, is the store's promise. If a
 * store did lose revisions, the synchronizer follows it and logs a warning, and its revision goes back.
 *
 * <p>Any thread may call. The functions of the application run on the context on which the synchronizer was opened.
 * Futures complete on the context of the caller, or on the synchronizer's if the caller has none. Calls fail with
 *
 * <ul>
 * <li>{@link io.strandline.StrandlineException.Invalid} if a function or codec of the application throws, or a value is
 * above the store's limit. Nothing was appended, and the state is as before.
 * <li>{@link io.strandline.StrandlineException.Conflict} if others were faster {@link
 * SynchronizerOptions#getMaxAttempts()} times, or for longer than {@link SynchronizerOptions#getCallTimeoutMillis()}, or
 * in {@link #compareAndSet} once. Nothing was appended, and {@link #state()} includes the missed revisions.
 * <li>{@link io.strandline.StrandlineException.Overloaded} if {@link SynchronizerOptions#getMaxOpenCalls()} are open, the
 * state would become larger than a value of the store may be, or the store is full and cannot be compacted. Nothing was
 * appended. An update that makes the state smaller is never refused for its size.
 * <li>{@link io.strandline.StrandlineException.Unavailable} if the store cannot serve, if its owner was away for {@link
 * StateSyncOptions#getAnswerTimeoutMillis()}, or if the synchronizer was closed while the call waited. Nothing was
 * appended.
 * <li>{@link io.strandline.StrandlineException.Corrupt} if the store reports that its data is damaged.
 * <li>{@link io.strandline.StrandlineException.Unknown} if the store did not answer an append, which may have been taken.
 * The synchronizer has repeated it until then, which is safe. The application must read the state with {@link #fetch()}.
 * </ul>
 *
 * <p>The idea, optimistic updates over a totally ordered log, is that of Pravega's state synchronizer.
 *
 * @param <S> the state, a value that is never modified
 * @param <U> an update of it
 */
public interface StateSynchronizer<S, U> {

    /** What this synchronizer synchronizes. */
    StreamName name();

    /**
     * The newest durable state that this synchronizer knows. Never waits. Others may be ahead, and nothing shows that the
     * store is away: see {@link #confirmed()}.
     */
    Revisioned<S> state();

    /** {@link #state()} without its revision. Never waits. */
    default S value() {
        return state().state();
    }

    /**
     * {@link #state()}, with the time since the deciding store confirmed that it was the newest one. While the store
     * answers, that is about twice {@link StateSyncOptions#getRefreshMillis()} at most. While its owner is away, it
     * grows. Never waits.
     */
    Confirmed<S> confirmed();

    /** Reads the newest state: at least every change that completed before this call. */
    Future<Revisioned<S>> fetch();

    /**
     * Changes the state. The function gets the newest known state and returns the updates to append, all of them as one
     * revision. It may be called several times, with other states, so it must have no side effects. Completes with the
     * state after its updates.
     *
     * <p>If it returns nothing, the future completes with the state that it saw, once a read has confirmed that this was
     * the newest one.
     */
    Future<Revisioned<S>> update(Function<S, List<U>> decide);

    /**
     * Appends updates to any state, as one revision. Meant for updates that commute, such as additions to counters or
     * sets. If others are faster, the same bytes are appended after theirs. No function runs, and there is no limit of
     * attempts, only {@link SynchronizerOptions#getCallTimeoutMillis()}. Completes with the state after the updates.
     * Without any updates it is a {@link #fetch()}.
     */
    Future<Revisioned<S>> add(List<U> updates);

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
     * StateSyncOptions#getCompactAfter()} revisions. Also if the newest revision is a whole state already, the store takes it over
     * when its bytes are others, as with another key ({@link KeyRing}).
     */
    Future<Void> compact();

    /**
     * Reads the changes of the state, beginning with the whole state as it is now. See {@link ChangeReader} for what it
     * promises.
     *
     * @throws io.strandline.StrandlineException.Overloaded if {@link SynchronizerOptions#getMaxChangeReaders()} are open
     */
    ChangeReader<S, U> changes();

    /**
     * Ends this synchronizer and its change readers when the calls on their way to the store are answered. Calls that
     * wait fail with Unavailable. The state stays.
     */
    Future<Void> close();
}
