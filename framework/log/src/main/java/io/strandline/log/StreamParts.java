package io.strandline.log;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.LastWritten;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Appends the parts of committed transactions of one home shard to one stream, in the order of their decisions, as the
 * writer {@code txn/SHARD} of that stream: a part that the log has already is dropped there.
 *
 * <p>One round is under way at a time, with all parts that came during the one before; so no batch of a slot is sent
 * before the one ahead of it was accepted. After any failure but a mere refusal to serve the writer is admitted anew: that
 * fences what may still be on its way, and tells what each slot has and which partitions there are.
 */
final class StreamParts {

    /** Bytes of records from which a round takes no further transaction. */
    private static final int ROUND_BYTES = 1 << 20;

    private static final long FIRST_RETRY_MILLIS = 10;
    private static final long LAST_RETRY_MILLIS = 1_000;

    private final Shard shard;
    private final PartTarget target;
    private final StreamName stream;
    private final String writerId;
    private final boolean inOrder;
    private final CRC32C crc = new CRC32C();

    /** Parts that are not known to be in, in the order of their decisions; those of the round under way in front. */
    private final ArrayDeque<StreamPart> waiting = new ArrayDeque<>();

    private final List<Promise<WriterGrant>> asking = new ArrayList<>();

    private @Nullable WriterGrant grant;

    /** Newest decision in each slot of the grant. */
    private long[] last = new long[0];

    private boolean busy;
    private long retryMillis = FIRST_RETRY_MILLIS;

    StreamParts(Shard shard, PartTarget target, StreamName stream, boolean inOrder) {
        this.shard = shard;
        this.target = target;
        this.stream = stream;
        this.writerId = TransactionParts.writerId(shard.state().shard);
        this.inOrder = inOrder;
    }

    /** True if nothing is under way or waits. */
    boolean isIdle() {
        return !busy && waiting.isEmpty() && asking.isEmpty();
    }

    /**
     * The admission to the stream of this name that exists now. Fails NotFound if there is none. Answers come in the order
     * of the calls, unless the writer must be admitted.
     */
    Future<WriterGrant> current() {
        return shard.here(target.writerNumber(stream, writerId)).compose(number -> {
            WriterGrant held = grant;
            if (held != null && held.writer() == number) {
                return Future.succeededFuture(held);
            }
            Promise<WriterGrant> promise = Promise.promise();
            asking.add(promise);
            grant = null;
            pump();
            return promise.future();
        });
    }

    /** Appends a part behind those before; it is tried again until it is in or the stream is gone. */
    void append(StreamPart part) {
        if (inOrder) {
            waiting.addLast(part);
        } else {
            waiting.addFirst(part);
        }
        pump();
    }

    private void pump() {
        if (busy || shard.isStopped()) {
            return;
        }
        if (grant == null && !(waiting.isEmpty() && asking.isEmpty())) {
            admit();
        } else if (grant != null && !waiting.isEmpty()) {
            dropStrangers(grant);
            if (!waiting.isEmpty()) {
                send(grant);
            }
        }
    }

    // ---- admission

    private void admit() {
        busy = true;
        shard.here(target.admit(stream, writerId)).onComplete(this::admitted);
    }

    private void admitted(@Nullable WriterGrant admitted, @Nullable Throwable failure) {
        busy = false;
        List<Promise<WriterGrant>> asked = List.copyOf(asking);
        asking.clear();
        if (admitted != null) {
            grant = admitted;
            last = admitted.slots().stream()
                    .mapToLong(slot -> decision(slot.last()))
                    .toArray();
            asked.forEach(promise -> promise.complete(admitted));
            pump();
            return;
        }
        // A stream that takes no transactions is another one, created under the name of that which did.
        if (failure instanceof StrandlineException.NotFound || failure instanceof StrandlineException.Invalid) {
            leave(List.copyOf(waiting));
        } else if (!waiting.isEmpty()) {
            retry();
        }
        asked.forEach(promise -> promise.fail(failure));
        pump();
    }

    private static long decision(@Nullable LastWritten last) {
        return last == null ? 0 : last.sequence().major();
    }

    /** Drops parts for a stream that was deleted; this one only has its name. */
    private void dropStrangers(WriterGrant admitted) {
        leave(waiting.stream()
                .filter(part -> part.writer() != admitted.writer())
                .toList());
    }

    /** Nothing is to be done for these any more. */
    private void leave(List<StreamPart> parts) {
        waiting.removeAll(parts);
        parts.forEach(part -> part.done().complete());
    }

    // ---- rounds

    /** Parts that were sent together, and what has become of their parcels. */
    private static final class Round {

        private final List<StreamPart> parts;
        private final long[] last;
        private int unanswered;
        private @Nullable Throwable failure;

        Round(List<StreamPart> parts, long[] last, int parcels) {
            this.parts = parts;
            this.last = last;
            this.unanswered = parcels;
        }

        /** Keeps the failure that says more: one after which something may be on its way. */
        void failed(Throwable cause) {
            if (failure == null || isRefusalToServe(failure)) {
                failure = cause;
            }
        }
    }

    private void send(WriterGrant admitted) {
        PartRound layout = new PartRound(admitted, last);
        List<StreamPart> parts = new ArrayList<>();
        long bytes = 0;
        for (StreamPart part : waiting) {
            if (bytes > 0 && bytes + part.bytes() > ROUND_BYTES) {
                break;
            }
            layout.add(part);
            parts.add(part);
            bytes += part.bytes();
        }
        List<Parcel> parcels = layout.parcels(crc);
        Round round = new Round(parts, layout.last(), parcels.size());
        busy = true;
        if (parcels.isEmpty()) {
            finish(round);
            return;
        }
        for (Parcel parcel : parcels) {
            shard.here(target.append(parcel)).onComplete((reply, failure) -> answered(round, reply, failure));
        }
    }

    private void answered(Round round, @Nullable ParcelReply reply, @Nullable Throwable failure) {
        if (failure != null) {
            round.failed(failure);
        }
        for (int i = 0; reply != null && i < reply.batches(); i++) {
            StrandlineException refusal = reply.refusal(i);
            if (refusal != null) {
                round.failed(refusal);
            }
        }
        round.unanswered--;
        if (round.unanswered == 0) {
            finish(round);
        }
    }

    private void finish(Round round) {
        busy = false;
        if (round.failure == null) {
            last = round.last;
            retryMillis = FIRST_RETRY_MILLIS;
            leave(round.parts);
            pump();
            return;
        }
        if (!isRefusalToServe(round.failure)) {
            grant = null;
        }
        retry();
    }

    /** Nothing was taken, so nothing but time has to pass. */
    private static boolean isRefusalToServe(Throwable failure) {
        return failure instanceof StrandlineException.Unavailable || failure instanceof StrandlineException.Overloaded;
    }

    private void retry() {
        busy = true;
        shard.after(retryMillis, () -> {
            busy = false;
            pump();
        });
        retryMillis = Math.min(LAST_RETRY_MILLIS, retryMillis * 2);
    }
}
