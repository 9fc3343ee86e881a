package io.strandline.processing.projection.impl;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupBatch;
import io.strandline.processing.projection.ProjectionBatch;
import io.strandline.processing.projection.ProjectionId;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Applies the batches of the partitions that this member has, each from where the store is. Belongs to the projection's context.
 *
 * <p>The store refuses a batch that does not begin at its position. Then another member was there, or an earlier attempt was made
 * although its answer was lost. So the position is read again, and of the batch only the rest is applied. A member that the group
 * believes dead stops there.
 */
final class Applying<E> {

    /** Times that one batch may be refused. Each time another member came between. */
    private static final int MAX_REFUSALS = 10;

    private final ProjectionId id;
    private final StoreCalls<E> store;
    private final PositionWaits waits;
    private final Counters counters;
    private final Member member;
    /** Partition → the position of the store, as far as it is known here. */
    private final Map<Long, Long> positions = new HashMap<>();

    /** The member of the group that gets the batches. */
    interface Member {

        /** Offset of a partition before which events are replayed. */
        long replayBefore(String stream, long partition);

        /** Fails with Fenced if the group believes this member dead. */
        Future<Void> stillMember();

        /** Ends this member with a cause. */
        void stop(Throwable cause);
    }

    Applying(ProjectionId id, StoreCalls<E> store, PositionWaits waits, Counters counters, Member member) {
        this.id = id;
        this.store = store;
        this.waits = waits;
        this.counters = counters;
        this.member = member;
    }

    /** The store is at a position of a partition that this member has now. */
    void gained(long partition, long position) {
        positions.put(partition, position);
        counters.partitions.set(positions.size());
        waits.gained(partition);
        waits.reached(partition, position);
    }

    void lost(long partition) {
        positions.remove(partition);
        counters.partitions.set(positions.size());
        waits.lost(partition);
    }

    /** Completes when the store has everything of the batch. */
    Future<?> apply(GroupBatch<E> batch) {
        return apply(batch, 0);
    }

    private Future<Void> apply(GroupBatch<E> batch, int refusals) {
        Long from = positions.get(batch.partition());
        if (from == null) {
            return Future.failedFuture(new StrandlineException.Fenced(
                    "partition " + batch.partition() + " of " + batch.stream() + " is no longer this member's"));
        }
        if (from < batch.from()) {
            return setBack(batch, from);
        }
        List<EventRecord<E>> records = batch.records();
        if (from > batch.from()) {
            records = records.stream().filter(record -> record.offset() >= from).toList();
            counters.repeated.addAndGet((long) batch.records().size() - records.size());
        }
        if (from >= batch.to()) {
            return Future.succeededFuture();
        }
        long replay = member.replayBefore(batch.stream().toString(), batch.partition());
        ProjectionBatch<E> next =
                new ProjectionBatch<>(id, batch.stream(), batch.partition(), from, batch.to(), records, replay);
        return store.apply(next).transform(applied -> {
            if (applied.succeeded()) {
                applied(next);
                return Future.succeededFuture();
            }
            return failed(batch, refusals, applied.cause());
        });
    }

    /** Events before the batch are missing in the store, which had them: this member cannot go on where it is. */
    private Future<Void> setBack(GroupBatch<E> batch, long position) {
        StrandlineException cause =
                new StrandlineException.Conflict("the store of projection " + id + " was set back to offset "
                        + position + " of partition " + batch.partition() + " of " + batch.stream() + ", where it had "
                        + batch.from() + ": open the projection again");
        member.stop(cause);
        return Future.failedFuture(cause);
    }

    private void applied(ProjectionBatch<E> batch) {
        counters.batches.incrementAndGet();
        counters.events.addAndGet(batch.records().size());
        counters.replayed.addAndGet(
                batch.records().stream().filter(batch::isReplay).count());
        reached(batch.partition(), batch.to());
    }

    private void reached(long partition, long position) {
        positions.computeIfPresent(partition, (same, before) -> position);
        waits.reached(partition, position);
    }

    private Future<Void> failed(GroupBatch<E> batch, int refusals, Throwable cause) {
        if (cause instanceof StrandlineException.Fenced && refusals < MAX_REFUSALS) {
            counters.refused.incrementAndGet();
            return member.stillMember()
                    .compose(still -> store.positions())
                    .recover(this::stopIfAway)
                    .compose(stored -> {
                        reached(batch.partition(), stored.getOrDefault(batch.partition(), 0L));
                        return apply(batch, refusals + 1);
                    });
        }
        return stopIfAway(cause);
    }

    /** No event is to blame for a store that is away, so none is skipped or parked. */
    private <T> Future<T> stopIfAway(Throwable cause) {
        if (StrandlineException.isTransient(cause)) {
            member.stop(cause);
        }
        return Future.failedFuture(cause);
    }
}
