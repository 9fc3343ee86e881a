package io.strandline.log.impl.transaction;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.log.impl.control.TransactionRecord.PartDropped;
import io.strandline.log.impl.control.TransactionRecord.SetAside;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.state.TransactionState;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of commits of a home shard that were refused for good. A part stays what was decided, and nobody is told that
 * it is done, until somebody gives it up.
 */
final class SetAsideParts implements StreamParts.Aside {

    private final HomeShard shard;
    private final TransactionState state;

    SetAsideParts(HomeShard shard, TransactionState state) {
        this.shard = shard;
        this.state = state;
    }

    @Override
    public Future<Void> set(StreamPart part, StreamName stream, String why) {
        return shard.change(List.of(new SetAside(part.transaction(), stream, why)));
    }

    /** See {@link io.strandline.spi.TransactionPort#partsSetAside}. */
    Future<List<PartSetAside>> list() {
        List<PartSetAside> all = state.unfinished().stream()
                .flatMap(kept -> kept.partsSetAside().stream())
                .toList();
        return shard.settled().map(settled -> all);
    }

    /**
     * See {@link io.strandline.spi.TransactionPort#dropPart}.
     *
     * @param status of the transaction, with what is queued
     */
    Future<Void> drop(String id, TransactionStatus status, StreamName stream) {
        KeptTransaction kept = state.unfinished(id);
        boolean isDropped = kept == null
                ? status == TransactionStatus.INCOMPLETE
                : kept.dropped().contains(stream);
        if (isDropped) {
            return shard.settled();
        }
        if (kept != null && kept.setAside().containsKey(stream)) {
            return shard.change(List.of(new PartDropped(id, stream)));
        }
        return shard.settled()
                .compose(settled -> Future.failedFuture(new StrandlineException.Conflict("transaction " + id
                        + " has no part for stream " + stream + " that was set aside: it is " + status)));
    }

    /** Why a transaction stays as it is, or null. */
    @Nullable
    StrandlineException refusal(String id) {
        KeptTransaction kept = state.unfinished(id);
        return kept == null || kept.setAside().isEmpty()
                ? null
                : new StrandlineException.Corrupt(
                        kept.setAside().values().iterator().next());
    }
}
