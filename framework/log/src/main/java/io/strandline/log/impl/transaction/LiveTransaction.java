package io.strandline.log.impl.transaction;

import io.strandline.StreamName;
import io.strandline.TransactionStatus;
import io.strandline.log.impl.state.KeptTransaction;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An unfinished transaction in one life of its home shard: the numbered half, which is ahead of {@link KeptTransaction} by
 * what is queued, and its lease. It only moves forward.
 */
final class LiveTransaction {

    final String id;

    /** Who has begun it. Empty for nobody. */
    final String owner;

    TransactionStatus status = TransactionStatus.OPEN;

    /** True when nothing of a commit is on its way any more: each part is appended or was set aside. */
    boolean isAppended;

    /** Its writes of an earlier life of the shard may be for streams that are sealed by now. */
    boolean isUnchecked;

    /** A stream with events of it that was sealed before it was decided, so that it is never committed. */
    @Nullable
    StreamName sealed;

    /** Number of the next write. */
    long nextSequence;

    long events;

    /** Bytes of its numbered records. */
    long bytes;

    long leaseNanos;

    /** When its lease ends, on the monotonic clock of the shard. */
    long deadline;

    /** Sizes in each stream that was written to in this life. */
    final Map<StreamName, PartSizes> sizes = new HashMap<>();

    /** Writes in the order of their arrival. The first one waits for the catalog's answer about its stream. */
    final ArrayDeque<PendingWrite> writes = new ArrayDeque<>();

    /** Who waits for its end. */
    final List<Promise<TransactionStatus>> waiting = new ArrayList<>();

    LiveTransaction(String id, String owner) {
        this.id = id;
        this.owner = owner;
    }

    /** What is known of a transaction after a recovery. */
    static LiveTransaction of(KeptTransaction kept) {
        LiveTransaction live = new LiveTransaction(kept.id(), kept.owner());
        live.status = kept.isDecided() ? TransactionStatus.COMMITTING : TransactionStatus.OPEN;
        live.isUnchecked = !kept.isDecided();
        live.nextSequence = kept.writes().size();
        live.events = kept.events();
        live.bytes = kept.bytes();
        return live;
    }

    boolean isOpen() {
        return status == TransactionStatus.OPEN;
    }

    /** A write on its way to its number. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record PendingWrite(long sequence, StreamName stream, byte[] records, int events, Promise<Void> promise) {}
}
