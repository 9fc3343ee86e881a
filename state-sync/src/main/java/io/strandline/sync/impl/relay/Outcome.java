package io.strandline.sync.impl.relay;

import org.jspecify.annotations.Nullable;

/**
 * A call that was decided in a turn and waits for its batch.
 *
 * @param seen the state after its revision, or the state that the call saw if it appends nothing
 * @param fit how its revision fits into the store, or null if it appends nothing
 */
record Outcome<S, U>(Call<S, U> call, long batch, Decision decision, Folded<S, U> seen, StateRoom.@Nullable Fit fit) {

    boolean appends() {
        return decision instanceof Decision.Append;
    }

    /** Answers the call as it was decided. */
    void stands() {
        if (decision instanceof Decision.Refuse refused) {
            call.fail(refused.reason());
        } else {
            call.succeed(seen.revisioned());
        }
    }
}
