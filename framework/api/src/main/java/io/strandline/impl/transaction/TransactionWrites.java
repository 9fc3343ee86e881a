package io.strandline.impl.transaction;

import io.strandline.EventCodec;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionOptions;
import io.strandline.spi.Backoff;
import io.strandline.spi.LogPort;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The events of one transaction on their way to the log. A round is one write for each stream that has events, or several
 * if they are many. While it is in progress, the next one fills. Events that the log did not confirm are sent again with
 * the same numbers before anything later is sent.
 */
final class TransactionWrites {

    /** Bytes from which a write takes no further event. */
    private static final int WRITE_BYTES = 256 << 10;

    private final LogPort port;
    private final ContextInternal context;
    private final TransactionOptions options;
    private final String id;
    private final RetryPauses pauses;
    private final Backoff backoff;
    private final List<PromiseInternal<Void>> drains = new ArrayList<>();

    /** The newest write for each stream among those that fill. */
    private final Map<StreamName, Write> newest = new HashMap<>();

    private List<Write> filling = new ArrayList<>();
    private List<Write> sent = new ArrayList<>();
    private int unanswered;
    private boolean scheduled;
    private long nextSequence;
    private long unacknowledged;
    private long failedSince;
    private @Nullable StrandlineException failure;

    /** @param pauses those of the log */
    TransactionWrites(
            LogPort port, ContextInternal context, TransactionOptions options, String id, RetryPauses pauses) {
        this.port = port;
        this.pauses = pauses;
        this.backoff = pauses.time().backoff();
        this.context = context;
        this.options = options;
        this.id = id;
    }

    /** Events that go together. */
    private static final class Write {

        private final StreamName stream;
        private final RecordBuffer records;
        private final List<PromiseInternal<Void>> promises = new ArrayList<>();
        private long sequence = -1;
        private @Nullable Throwable failure;

        Write(StreamName stream, int maxEventBytes) {
            this.stream = stream;
            this.records = new RecordBuffer(stream, maxEventBytes);
        }

        void confirm() {
            failure = null;
            promises.forEach(PromiseInternal::tryComplete);
        }

        void fail(StrandlineException cause) {
            promises.forEach(promise -> promise.tryFail(cause));
        }
    }

    /** Why an event was lost, or null if none was. */
    @Nullable
    StrandlineException failure() {
        return failure;
    }

    /** Adds an event. The future completes when it is durable. */
    <E> Future<Void> add(String stream, EventCodec<E> codec, @Nullable String key, E event, Headers headers) {
        try {
            if (failure != null) {
                throw failure;
            }
            Write write = writeFor(StreamName.parse(stream));
            int before = write.records.length();
            write.records.add(codec, key, event, headers);
            unacknowledged += write.records.length() - before;
            PromiseInternal<Void> promise = context.promise();
            write.promises.add(promise);
            schedule();
            return promise.future();
        } catch (StrandlineException e) {
            return lost(e);
        } catch (Throwable e) { // whatever it was, the event is lost, and so is the transaction
            return lost(UserCode.refused("an event of transaction " + id + " cannot be appended", e));
        }
    }

    private Future<Void> lost(StrandlineException cause) {
        failure = failure == null ? cause : failure;
        return context.failedFuture(cause);
    }

    private Write writeFor(StreamName stream) {
        if (unacknowledged > options.getMaxUnacknowledgedBytes()) {
            throw new StrandlineException.Overloaded(unacknowledged + " bytes of transaction " + id
                    + " are unacknowledged, the limit is " + options.getMaxUnacknowledgedBytes());
        }
        Write write = newest.get(stream);
        if (write == null || write.records.length() >= WRITE_BYTES) {
            write = new Write(stream, port.maxEventBytes());
            newest.put(stream, write);
            filling.add(write);
        }
        return write;
    }

    /** Completes when nothing is on its way any more. */
    Future<Void> drained() {
        PromiseInternal<Void> promise = context.promise();
        drains.add(promise);
        schedule();
        return promise.future();
    }

    /** Fails what was not sent yet. */
    void stop(StrandlineException cause) {
        List<Write> unsent = filling;
        filling = new ArrayList<>();
        newest.clear();
        unsent.forEach(write -> lose(write, cause));
    }

    private void lose(Write write, StrandlineException cause) {
        if (failure == null) {
            failure = cause;
        }
        unacknowledged -= write.records.length();
        write.fail(cause);
    }

    /** Sends at the end of this turn of the context, so that the events of one turn go together. */
    private void schedule() {
        if (!scheduled && sent.isEmpty()) {
            scheduled = true;
            context.runOnContext(turn -> {
                scheduled = false;
                pump();
            });
        }
    }

    private void pump() {
        if (!sent.isEmpty()) {
            return;
        }
        // A write whose only event could not be encoded is empty.
        filling.removeIf(write -> write.records.events() == 0);
        if (filling.isEmpty()) {
            List<PromiseInternal<Void>> done = List.copyOf(drains);
            drains.clear();
            done.forEach(PromiseInternal::tryComplete);
            return;
        }
        sent = filling;
        filling = new ArrayList<>();
        newest.clear();
        for (Write write : sent) {
            write.sequence = nextSequence++;
        }
        send();
    }

    private void send() {
        unanswered = sent.size();
        for (Write write : List.copyOf(sent)) {
            port.transactions()
                    .write(id, write.sequence, write.stream, write.records.toBytes(), write.records.events())
                    .onComplete((done, cause) -> context.runOnContext(turn -> answered(write, cause)));
        }
    }

    private void answered(Write write, @Nullable Throwable cause) {
        if (cause == null) {
            unacknowledged -= write.records.length();
            sent.remove(write);
            write.confirm();
        } else {
            write.failure = cause;
        }
        unanswered--;
        if (unanswered == 0) {
            endRound();
        }
    }

    private void endRound() {
        if (sent.isEmpty()) {
            failedSince = 0;
            backoff.reset();
            pump();
            return;
        }
        StrandlineException end = lasting();
        if (end == null) {
            pauses.then(context, backoff.next(), () -> {
                if (pauses.over() == null) {
                    send();
                } else {
                    endRound();
                }
            });
            return;
        }
        List<Write> lost = sent;
        sent = new ArrayList<>();
        lost.forEach(write -> lose(write, end));
        stop(end);
        pump();
    }

    /** Why repeating is of no use any more, or null. */
    private @Nullable StrandlineException lasting() {
        long now = pauses.time().nanos();
        failedSince = failedSince == 0 ? now : failedSince;
        boolean unknown = false;
        for (Write write : sent) {
            Throwable cause = write.failure;
            if (cause != null && !StrandlineException.isTransient(cause)) {
                return cause instanceof StrandlineException known
                        ? known
                        : new StrandlineException.Unknown("write of transaction " + id + " failed: " + cause, cause);
            }
            unknown |= cause instanceof StrandlineException.Unknown;
        }
        StrandlineException closed = pauses.over();
        if (closed != null && !unknown) {
            return closed;
        }
        if (closed == null && now - failedSince < TimeUnit.MILLISECONDS.toNanos(options.getRetryTimeoutMillis())) {
            return null;
        }
        Throwable first = sent.get(0).failure;
        return !unknown && first instanceof StrandlineException known
                ? known
                : new StrandlineException.Unknown("events of transaction " + id + " were not confirmed within "
                        + options.getRetryTimeoutMillis() + " ms; the last answer: " + first);
    }
}
