package io.strandline.processing.group;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a reader asks of its group for one of its partitions, again and again until the group takes or refuses it. Completes
 * on the reader's context; fails with Fenced when the partition is no longer the reader's. A store that is away for longer
 * than the lease costs the session, and that ends it.
 */
final class FeedDecisions<E> {

    private static final long PAUSE_MILLIS = 100;

    private final GroupPlace place;
    private final Session session;
    private final SortedMap<Integer, SortedMap<Long, Long>> until;

    /** @param until stream index → where a bounded group ends */
    FeedDecisions(GroupPlace place, Session session, SortedMap<Integer, SortedMap<Long, Long>> until) {
        this.place = place;
        this.session = session;
        this.until = until;
    }

    /** One more delivery begins. */
    Future<Boolean> attempt(PartitionFeed<E> feed) {
        Progress begun = feed.progress();
        return insist(feed, () -> place.decisions().attempt(session.id(), begun))
                .onSuccess(counted -> feed.committed(begun.offset()));
    }

    /** The event at the position is passed over. */
    Future<Boolean> skip(PartitionFeed<E> feed, String cause) {
        return insist(feed, () -> place.decisions().skip(session.id(), feed.progress(), cause));
    }

    /**
     * The event at the position is to be parked.
     *
     * @param holds the key to hold, or null
     */
    Future<Boolean> park(PartitionFeed<E> feed, String cause, @Nullable String holds) {
        return insist(feed, () -> place.decisions().park(session.id(), feed.progress(), cause, holds))
                .onSuccess(condemned -> feed.committed(feed.progress().offset()));
    }

    /** The event of a held key is to be parked; answers false if the key is held no longer. */
    Future<Boolean> parkHeld(PartitionFeed<E> feed, String key) {
        return insist(feed, () -> place.decisions().parkHeld(session.id(), feed.progress(), key));
    }

    /** The partition was read to its end. */
    Future<Boolean> complete(PartitionFeed<E> feed, StreamDescription stream) {
        SortedMap<Long, Long> end = until.getOrDefault(feed.part().stream(), new TreeMap<>());
        return insist(feed, () -> place.decisions().complete(session.id(), feed.progress(), stream, end));
    }

    /** The partition goes back to the group. */
    Future<Boolean> release(PartitionFeed<E> feed) {
        return insist(feed, () -> place.decisions().release(session.id(), List.of(feed.progress())));
    }

    private Future<Boolean> insist(PartitionFeed<E> feed, Supplier<Function<GroupState, Decision<Boolean>>> decision) {
        Promise<Boolean> answer = Promise.promise();
        insist(feed, session.id(), decision, answer);
        return answer.future();
    }

    private void insist(
            PartitionFeed<E> feed,
            long asked,
            Supplier<Function<GroupState, Decision<Boolean>>> decision,
            Promise<Boolean> answer) {
        if (session.id() != asked || feed.isLost()) {
            answer.fail(new StrandlineException.Fenced(feed.place() + " is no longer this reader's"));
            return;
        }
        place.store().decide(decision.get()).onComplete((done, failure) -> place.runtime()
                .run(() -> {
                    if (failure == null) {
                        answer.complete(done);
                    } else if (FeedSource.mayPass(failure) || failure instanceof StrandlineException.Conflict) {
                        place.runtime().timer(PAUSE_MILLIS, () -> insist(feed, asked, decision, answer));
                    } else {
                        answer.fail(failure);
                    }
                }));
    }
}
