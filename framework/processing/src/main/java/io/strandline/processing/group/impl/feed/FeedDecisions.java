package io.strandline.processing.group.impl.feed;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.processing.group.impl.state.Decision;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.Progress;
import io.vertx.core.Future;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests of a reader to its group for one of its partitions. They are repeated for a time while the store is
 * unavailable or the group has no room ({@link RetriedCall}). Completes on the reader's context. Fails with Fenced when
 * the partition is no longer the reader's. One that is repeated because its answer was lost is answered as it was at first. A store that is unavailable for longer than the lease costs the session, and
 * that ends the requests too.
 */
public final class FeedDecisions {

    private final GroupPlace place;
    private final Session session;
    private final SortedMap<Integer, SortedMap<Long, Long>> until;

    /** @param until stream index → where a bounded group ends */
    public FeedDecisions(GroupPlace place, Session session, SortedMap<Integer, SortedMap<Long, Long>> until) {
        this.place = place;
        this.session = session;
        this.until = until;
    }

    /** One more delivery begins. */
    Future<Boolean> attempt(HeldPartition held) {
        Progress begun = held.progress();
        return insist(held, "a delivery", () -> place.decisions().attempt(session.id(), begun))
                .onSuccess(counted -> held.committed(begun.offset()));
    }

    /** The event at the position is passed over. */
    Future<Boolean> skip(HeldPartition held, String cause) {
        return insist(held, "a skip", () -> place.decisions().skip(session.id(), held.progress(), cause));
    }

    /**
     * The event at the position is to be parked.
     *
     * @param holds the key to hold, or null
     */
    Future<Boolean> park(HeldPartition held, String cause, @Nullable String holds) {
        return insist(held, "a verdict", () -> place.decisions().park(session.id(), held.progress(), cause, holds))
                .onSuccess(condemned -> held.committed(held.progress().offset()));
    }

    /** The event of a held key is to be parked. Answers false if the key is no longer held. */
    Future<Boolean> parkHeld(HeldPartition held, String key) {
        return insist(held, "a verdict", () -> place.decisions().parkHeld(session.id(), held.progress(), key));
    }

    /** The partition was read to its end. */
    Future<Boolean> complete(HeldPartition held, StreamDescription stream) {
        SortedMap<Long, Long> end = until.getOrDefault(held.known().stream(), new TreeMap<>());
        return insist(held, "the end", () -> place.decisions()
                .complete(session.id(), held.progress(), held.generation(), stream, end));
    }

    /** The partition goes back to the group. */
    public Future<Boolean> release(HeldPartition held) {
        return insist(held, "a hand-over", () -> place.decisions().release(session.id(), List.of(held.progress())));
    }

    /** The partition goes to another reader, if there is one. */
    public Future<Boolean> handOver(HeldPartition held) {
        return insist(held, "a hand-over", () -> place.decisions().handOver(session.id(), held.progress()));
    }

    /** Takes another claim, because the parking stream knows a higher one. That ends the reading of it. */
    Future<Boolean> renew(HeldPartition held, long above) {
        return insist(held, "another claim", () -> place.decisions().renew(session.id(), held.progress(), above));
    }

    /** The event at the position is not to be parked after all. */
    Future<Boolean> acquit(HeldPartition held) {
        return insist(held, "an acquittal", () -> place.decisions().acquit(session.id(), held.progress()));
    }

    private Future<Boolean> insist(
            HeldPartition held, String what, Supplier<Function<GroupState, Decision<Boolean>>> decision) {
        long asked = session.id();
        return RetriedCall.begin(
                place.runtime(),
                place.options().getRetryTimeoutMillis(),
                () -> "Group " + place.group() + ": " + what + " at " + held,
                () -> session.id() == asked && !held.isLost(),
                failure -> StrandlineException.isTransient(failure) || failure instanceof StrandlineException.Conflict,
                () -> place.store().decide(decision.get()));
    }
}
