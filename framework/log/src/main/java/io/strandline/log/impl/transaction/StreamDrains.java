package io.strandline.log.impl.transaction;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionStatus;
import io.strandline.log.impl.state.Answers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Streams that are being sealed, at the home shard of transactions: what was decided is appended before, and nothing is decided
 * after.
 *
 * <pre>
 *  the catalog has the intent ─▶ it refuses to name the writer of the stream, so that no first write of a transaction is taken
 *  drain ─▶ open transactions with events for the stream are never committed
 *        ─▶ answers of the catalog that are older than the intent come in, and count for nothing
 *        ─▶ transactions that were decided are appended
 *  complete ─▶ the partitions are sealed
 * </pre>
 *
 * <p>The next life of the shard knows nothing of this. A transaction that it finds open is therefore checked against the catalog before
 * it is decided. All of it belongs to the shard's executor.
 */
final class StreamDrains {

    private final HomeShard shard;
    private final PartTarget target;
    private final Collection<LiveTransaction> live;
    private final Function<String, List<StreamName>> streamsOf;
    private final List<Drain> drains = new ArrayList<>();

    /**
     * @param live the unfinished transactions, as they are at each moment
     * @param streamsOf the streams that a transaction has events for, by its id
     */
    StreamDrains(
            HomeShard shard,
            PartTarget target,
            Collection<LiveTransaction> live,
            Function<String, List<StreamName>> streamsOf) {
        this.shard = shard;
        this.target = target;
        this.live = live;
        this.streamsOf = streamsOf;
    }

    private static final class Drain {

        private final StreamName stream;
        private final Promise<Void> promise = Promise.promise();

        /** The catalog has answered what it was asked before. */
        private boolean isFlushed;

        Drain(StreamName stream) {
            this.stream = stream;
        }
    }

    /**
     * Completes when no transaction that was decided has events on their way to a stream. None is decided with events for it from
     * the call on. To be called when the catalog has the intent to seal it. Fails if the life of the shard ends before.
     */
    Future<Void> drain(StreamName stream) {
        for (LiveTransaction transaction : live) {
            if (transaction.isOpen() && streamsOf.apply(transaction.id).contains(stream)) {
                transaction.sealed = stream;
            }
        }
        Drain drain = new Drain(stream);
        drains.add(drain);
        flush(drain);
        return drain.promise.future();
    }

    /** The catalog answers in the order of the calls. What it said before the intent is in when this answer is. */
    private void flush(Drain drain) {
        shard.onShard(target.writerNumber(drain.stream, TransactionParts.writerId(shard.number())))
                .onComplete(answered -> {
                    drain.isFlushed = true;
                    look();
                });
    }

    /** True while an answer of the catalog may be older than the intent to seal the stream. */
    boolean isClosed(StreamName stream) {
        for (Drain drain : drains) {
            if (drain.stream.equals(stream)) {
                return true;
            }
        }
        return false;
    }

    /** To be called when a transaction was appended or ended. */
    void look() {
        if (drains.isEmpty() || shard.isStopped()) {
            return;
        }
        List<Drain> dry = drains.stream()
                .filter(drain -> drain.isFlushed && !isOnItsWay(drain.stream))
                .toList();
        drains.removeAll(dry);
        dry.forEach(drain -> Answers.give(drain.promise, null));
    }

    private boolean isOnItsWay(StreamName stream) {
        for (LiveTransaction transaction : live) {
            boolean isDecided = transaction.status == TransactionStatus.COMMITTING && !transaction.isAppended;
            if (isDecided && streamsOf.apply(transaction.id).contains(stream)) {
                return true;
            }
        }
        return false;
    }

    /** Notes whether a stream of a transaction from an earlier life of the shard was sealed meanwhile. */
    Future<Void> checked(LiveTransaction transaction) {
        Future<Void> checked = Future.succeededFuture();
        for (StreamName stream : streamsOf.apply(transaction.id)) {
            checked = checked.compose(before -> checked(transaction, stream));
        }
        return checked.onSuccess(all -> transaction.isUnchecked = false);
    }

    private Future<Void> checked(LiveTransaction transaction, StreamName stream) {
        return shard.onShard(target.writerNumber(stream, TransactionParts.writerId(shard.number())))
                .transform((number, failure) -> {
                    if (failure instanceof StrandlineException.Sealed || isClosed(stream)) {
                        transaction.sealed = stream;
                    }
                    // A stream that was deleted takes its events with it.
                    boolean isAnswered = number != null
                            || failure instanceof StrandlineException.Sealed
                            || failure instanceof StrandlineException.NotFound;
                    return isAnswered ? Future.succeededFuture() : Future.failedFuture(failure);
                });
    }

    /** The life of the shard is over. */
    void stop(StrandlineException cause) {
        drains.forEach(drain -> Answers.fail(drain.promise, cause));
    }
}
