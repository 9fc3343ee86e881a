package io.strandline.processing.group.impl.state;

import io.vertx.core.Future;
import java.util.function.Function;

/** Keeps the state of a group. Callable from any thread. Futures complete on the caller's context. */
public interface GroupStore {

    /** The newest state that is known here. */
    GroupState state();

    /** Reads the newest state. */
    Future<GroupState> fetch();

    /**
     * Decides on the newest state and appends the decided updates. Completes with the answer when they are durable, and
     * fails with the refusal. It also fails as {@link io.strandline.sync.StateSynchronizer} says, and then it is safe to
     * decide again.
     *
     * @param decide may run several times and elsewhere, so it has no side effects
     */
    <T> Future<T> decide(Function<GroupState, Decision<T>> decide);

    /** Calls a listener after changes of the state, on any thread, until the result is run. */
    Runnable listen(Runnable changed);
}
