package io.strandline.log.impl.transaction;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.log.spi.LogRules;
import io.strandline.spi.Backoff;
import io.strandline.spi.Batch;
import io.strandline.spi.Logger;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.LastWritten;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Appends the parts of committed transactions of one home shard to one stream, in the order of their decisions, as the
 * writer {@code txn/SHARD} of that stream. A part that the log already has is dropped there.
 *
 * <p>One round is in progress at a time, with all parts that came during the one before. So no batch of a slot is sent
 * before the one ahead of it was accepted. After any failure except a mere refusal to serve, the writer is admitted
 * again. This fences batches that may still be in flight, and shows what each slot has and which partitions there are.
 *
 * <p>A shard that does not serve is waited for, and reported after a while. Any other failure is one that no decision
 * should meet. A part that meets it {@link #MAX_REFUSALS} times is set aside permanently, so that the next one continues.
 */
public final class StreamParts {

    /** Bytes of records from which a round takes no further transaction. */
    private static final int ROUND_BYTES = 1 << 20;

    private static final int FIRST_RETRY_MILLIS = 10;
    private static final int LAST_RETRY_MILLIS = 1_000;

    /** How often the first part is refused, by more than a shard that does not serve, before it is set aside. */
    public static final int MAX_REFUSALS = 20;

    /** Tries in vain, of one second each but for the first, after which a shard that does not serve is reported. */
    static final int REPORT_AFTER_TRIES = 60;

    private static final Logger LOG = Logger.of(StreamParts.class);

    private final HomeShard shard;
    private final PartTarget target;
    private final StreamName stream;
    private final String writerId;
    private final Aside aside;
    private final CRC32C crc = new CRC32C();

    /**
     * Parts that are not known to be appended, in the order of their decisions. Those of the round in progress are in
     * front.
     */
    private final SortedSet<StreamPart> waiting;

    private final List<Promise<WriterGrant>> asking = new ArrayList<>();

    private @Nullable WriterGrant grant;

    /** Newest decision in each slot of the grant. */
    private long[] last = new long[0];

    private boolean busy;
    private final Backoff pauses = Backoff.exact(FIRST_RETRY_MILLIS, LAST_RETRY_MILLIS);

    /** Failures since the last round that succeeded: refusals, and tries that a shard did not serve. */
    private int refusals;

    private int tries;

    /** Keeps what is refused for good. */
    interface Aside {

        /** Completes when it is durable that the part is not appended. */
        Future<Void> set(StreamPart part, StreamName stream, String why);
    }

    StreamParts(HomeShard shard, PartTarget target, StreamName stream, LogRules rules, Aside aside) {
        this.shard = shard;
        this.target = target;
        this.stream = stream;
        this.writerId = TransactionParts.writerId(shard.number());
        this.aside = aside;
        // A transaction has a part for each stream that had the name: they have different writers.
        this.waiting = new TreeSet<>(
                ((Comparator<StreamPart>) (one, other) -> rules.compareDecisions(one.decision(), other.decision()))
                        .thenComparingLong(StreamPart::writer));
    }

    /** True if nothing is under way or waits. */
    boolean isIdle() {
        return !busy && waiting.isEmpty() && asking.isEmpty();
    }

    /**
     * The admission to the stream of this name that exists now. Fails with NotFound if there is none, Sealed if it takes no more
     * events. Answers come in the order of the calls, unless the writer must be admitted.
     */
    Future<WriterGrant> current() {
        return shard.onShard(target.writerNumber(stream, writerId)).compose(number -> {
            WriterGrant held = grant;
            if (held != null && held.writer() == number) {
                return Future.succeededFuture(held);
            }
            Promise<WriterGrant> promise = Promise.promise();
            asking.add(promise);
            grant = null;
            pump();
            // An admission takes a while, and so it is asked once more whether the stream takes events.
            return promise.future().compose(admitted -> current());
        });
    }

    /** Appends a part after those of earlier decisions. It is tried again until it is appended or the stream is gone. */
    void append(StreamPart part) {
        waiting.add(part);
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
        shard.onShard(target.admit(stream, writerId)).onComplete(this::admitted);
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
            failed(failure == null ? new IllegalStateException("no grant") : failure, "no partition");
        }
        asked.forEach(promise -> promise.fail(failure));
        pump();
    }

    private static long decision(@Nullable LastWritten last) {
        return last == null ? 0 : last.sequence().major();
    }

    /** Drops parts for a stream that was deleted. The present stream only has its name. */
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
        private String where = "no partition";

        Round(List<StreamPart> parts, long[] last, int parcels) {
            this.parts = parts;
            this.last = last;
            this.unanswered = parcels;
        }

        /** Keeps the failure that says more: one after which something may be on its way. */
        void failed(Throwable cause, String partition) {
            if (failure == null || isRefusalToServe(failure)) {
                failure = cause;
                where = partition;
            }
        }
    }

    private void send(WriterGrant admitted) {
        busy = true;
        PartRound layout = new PartRound(admitted, last);
        List<StreamPart> parts = new ArrayList<>();
        List<Parcel> parcels;
        try {
            long bytes = 0;
            for (StreamPart part : waiting) {
                if (bytes > 0 && (bytes + part.bytes() > ROUND_BYTES || refusals > 0)) {
                    break;
                }
                layout.add(part);
                parts.add(part);
                bytes += part.bytes();
            }
            parcels = layout.parcels(crc);
        } catch (RuntimeException e) {
            busy = false;
            failed(e, "no partition");
            return;
        }
        Round round = new Round(parts, layout.last(), parcels.size());
        if (parcels.isEmpty()) {
            finish(round);
            return;
        }
        for (Parcel parcel : parcels) {
            shard.onShard(target.append(parcel))
                    .onComplete((reply, failure) -> answered(round, parcel, reply, failure));
        }
    }

    private void answered(Round round, Parcel parcel, @Nullable ParcelReply reply, @Nullable Throwable failure) {
        int at = 0;
        for (int i = 0; i < parcel.batches(); i++) {
            Throwable refusal = reply == null ? failure : reply.refusal(i);
            if (refusal != null) {
                round.failed(refusal, "partition " + Batch.partition(parcel.bytes(), at));
            }
            at += Batch.length(parcel.bytes(), at);
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
            pauses.reset();
            refusals = 0;
            tries = 0;
            leave(round.parts);
            pump();
            return;
        }
        failed(round.failure, round.where);
    }

    // ---- failures

    /** Tries again after a while, or sets the first part aside. */
    private void failed(Throwable failure, String partition) {
        if (!isRefusalToServe(failure)) {
            grant = null;
        }
        if (isRefusalToServe(failure) || failure instanceof StrandlineException.Unknown) {
            tries++;
            if (tries == REPORT_AFTER_TRIES) {
                LOG.error("{} waits, after {} tries in vain", what(waiting.first(), partition), tries, failure);
            }
        } else {
            refusals++;
            if (refusals >= MAX_REFUSALS) {
                setAside(waiting.first(), partition, failure);
                return;
            }
        }
        retry();
    }

    private String what(StreamPart part, String partition) {
        return "part of transaction " + part.transaction() + ", decision " + part.decision() + " of home shard "
                + shard.number() + ", for " + partition + " of stream " + stream;
    }

    /** Lets the next part go on. It does so only when that is durable, or this one would later be taken for one that is in. */
    private void setAside(StreamPart part, String partition, Throwable failure) {
        busy = true;
        String why = what(part, partition) + " was refused " + refusals + " times, and is set aside: " + failure;
        LOG.error(why, failure);
        aside.set(part, stream, why).onComplete((done, refused) -> {
            busy = false;
            if (refused != null) {
                retry();
                return;
            }
            waiting.remove(part);
            refusals = 0;
            pauses.reset();
            part.done().fail(new StrandlineException.Corrupt(why));
            pump();
        });
    }

    /** Nothing was taken, so nothing but time has to pass. */
    private static boolean isRefusalToServe(Throwable failure) {
        return failure instanceof StrandlineException.Unavailable || failure instanceof StrandlineException.Overloaded;
    }

    private void retry() {
        busy = true;
        shard.after(pauses.next(), () -> {
            busy = false;
            pump();
        });
    }
}
