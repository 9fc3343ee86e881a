package io.strandline.impl;

import io.strandline.Durability;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.spi.LogPort;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the lanes of one writer share: its admission, the bytes that wait, and its end.
 *
 * <p>When a lane gives up, it is unknown what the log has of this writer, so the writer is admitted anew: under a new
 * number if it is anonymous, else under its next epoch, which fences whatever may still be on its way. Invariant: a
 * batch of the new admission is handed over only after every batch of the old one was settled in all lanes. Until then
 * appends wait; appends with the application's own numbers are refused, because only the new admission tells which of
 * them the log has already.
 */
final class WriterSession {

    private enum Admission {
        ADMITTED,
        /** A lane gave up, and the others finish. */
        CLOSING,
        ASKING,
        /** The log admitted nobody within the retry timeout; the next append asks again. */
        LOST
    }

    private enum Numbers {
        UNDECIDED,
        COUNTED,
        OWN
    }

    /** A flush waits until the oldest entry of each lane has passed its mark. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Flush(Promise<Void> promise, long[] marks) {}

    private final LogPort port;
    private final ContextInternal context;
    private final WriterOptions options;
    private final Durability durability;
    private final StreamName stream;
    private final PartitionTable table;
    private final Lane[] lanes;
    private final Backoff backoff = new Backoff();
    private final ArrayDeque<Draft> used = new ArrayDeque<>();
    private final long usedLimitBytes;
    private long usedBytes;
    private final List<Flush> flushes = new ArrayList<>();

    /** Made when the first of the application's numbers is given, because most writers need none. */
    private @Nullable WriterDigests digests;

    private WriterGrant grant;
    private Admission admission = Admission.ADMITTED;
    private long askingSince;
    private Numbers numbers = Numbers.UNDECIDED;
    private long generations;
    private int completing;

    private long unacknowledged;
    private long writeQueueBytes;
    private boolean wasFull;
    private @Nullable StrandlineException failure;
    private @Nullable Handler<Void> drainHandler;
    private @Nullable Handler<Throwable> exceptionHandler;

    WriterSession(LogPort port, ContextInternal context, WriterOptions options, WriterGrant grant) {
        this.port = port;
        this.context = context;
        this.options = options;
        this.durability = options.getDurability();
        this.grant = grant;
        this.stream = grant.stream().name();
        this.writeQueueBytes = options.getWriteQueueBytes();
        this.table = new PartitionTable(grant);
        this.table.start(grant);
        if (options.getReplay() != null) {
            digests();
        }
        this.lanes = new Lane[port.shards()];
        // As much as a writer at full speed has in its drafts, so that none of them has to grow again.
        this.usedLimitBytes = (long) options.getWriteQueueBytes()
                + (long) lanes.length * options.getParcelsInFlight() * options.getParcelBytes();
        for (int shard = 0; shard < lanes.length; shard++) {
            lanes[shard] = new Lane(this, shard);
        }
    }

    // ---- what writer and lanes ask ----

    LogPort port() {
        return port;
    }

    ContextInternal context() {
        return context;
    }

    WriterOptions options() {
        return options;
    }

    Durability durability() {
        return durability;
    }

    StreamName stream() {
        return stream;
    }

    PartitionTable table() {
        return table;
    }

    WriterDigests digests() {
        if (digests == null) {
            digests = new WriterDigests(options.getId() + " of " + stream, table, grant, options.getReplay());
        }
        return digests;
    }

    Lane lane(int partition) {
        return lanes[table.shard(partition)];
    }

    /** Number of the writer in the log. */
    long number() {
        return grant.writer();
    }

    int epoch() {
        return grant.epoch();
    }

    /** True if the writer counts by itself. */
    boolean counts() {
        return numbers != Numbers.OWN;
    }

    @Nullable
    StrandlineException failure() {
        return failure;
    }

    /**
     * Decides on the first append whose numbers the writer uses.
     *
     * @return why it may not use these, or null
     */
    StrandlineException.@Nullable Invalid useNumbers(boolean own) {
        Numbers wanted = own ? Numbers.OWN : Numbers.COUNTED;
        if (numbers == wanted) {
            return null;
        }
        if (numbers != Numbers.UNDECIDED) {
            return new StrandlineException.Invalid("the writer of " + stream + " uses "
                    + (own ? "its own count" : "the application's numbers")
                    + "; one writer uses one kind for all its events");
        }
        if (own && options.getId() == null) {
            return new StrandlineException.Invalid("numbers of the application need a writer id, under which the log "
                    + "remembers them; the writer of " + stream + " has none");
        }
        Sequence greatest = table.greatestStored();
        if (!own && greatest.major() >= epoch()) {
            return new StrandlineException.Invalid("writer " + options.getId() + " of " + stream
                    + " wrote under the application's numbers before, up to " + greatest
                    + "; it cannot count by itself in epoch " + epoch());
        }
        numbers = wanted;
        return null;
    }

    // ---- drafts ----

    Draft newDraft(long firstEntry) {
        Draft last = used.poll();
        if (last != null) {
            usedBytes -= last.bytes.length;
        }
        return new Draft(++generations, firstEntry, last);
    }

    /** Takes back the arrays of a draft whose promises are all complete. */
    void reuse(Draft draft) {
        if (usedBytes + draft.bytes.length <= usedLimitBytes) {
            usedBytes += draft.bytes.length;
            used.push(draft);
        }
    }

    /** Completes the promises of what is settled in a draft. */
    void complete(Draft draft) {
        completing++;
        try {
            draft.complete(table);
        } finally {
            completing--;
        }
    }

    // ---- back-pressure ----

    void acquire(int bytes) {
        unacknowledged += bytes;
        wasFull |= unacknowledged >= writeQueueBytes;
    }

    void release(int bytes) {
        unacknowledged -= bytes;
    }

    long unacknowledged() {
        return unacknowledged;
    }

    /** True if an append now had to wait, or would fail. */
    boolean isFull() {
        return unacknowledged >= writeQueueBytes || failure != null || refusesNumbers();
    }

    private boolean refusesNumbers() {
        return numbers == Numbers.OWN && (admission == Admission.CLOSING || admission == Admission.ASKING);
    }

    void setWriteQueueBytes(int bytes) {
        writeQueueBytes = bytes;
    }

    void setDrainHandler(@Nullable Handler<Void> handler) {
        drainHandler = handler;
    }

    void setExceptionHandler(@Nullable Handler<Throwable> handler) {
        exceptionHandler = handler;
    }

    Future<Void> flush() {
        Promise<Void> promise = context.promise();
        long[] marks = new long[lanes.length];
        for (int i = 0; i < marks.length; i++) {
            marks[i] = lanes[i].entries();
        }
        flushes.add(new Flush(promise, marks));
        settledSome();
        return promise.future();
    }

    /** Looks after what waits for appends to end: flushes, the drain handler, a new admission. */
    void settledSome() {
        if (completing > 0) {
            return;
        }
        if (wasFull && unacknowledged * 2 < writeQueueBytes && !isFull()) {
            wasFull = false;
            if (drainHandler != null) {
                context.dispatch(null, drainHandler);
            }
        }
        while (!flushes.isEmpty() && hasPassed(flushes.get(0).marks())) {
            flushes.remove(0).promise().complete();
        }
        if (admission == Admission.CLOSING) {
            askWhenQuiet();
        }
    }

    private boolean hasPassed(long[] marks) {
        for (int i = 0; i < marks.length; i++) {
            if (lanes[i].oldestEntry() < marks[i]) {
                return false;
            }
        }
        return true;
    }

    // ---- admission ----

    /** True if lanes may hand over new batches. */
    boolean mayHandOver() {
        askAgain();
        return admission == Admission.ADMITTED && failure == null;
    }

    /** Asks for the admission that was not given before. */
    void askAgain() {
        if (admission == Admission.LOST && failure == null) {
            readmit();
        }
    }

    boolean isAdmitted() {
        return admission == Admission.ADMITTED;
    }

    /** Admits the writer anew as soon as nothing of the present admission is pending. */
    void readmit() {
        if (admission == Admission.ADMITTED || admission == Admission.LOST) {
            admission = Admission.CLOSING;
            wasFull |= refusesNumbers();
            askingSince = System.nanoTime();
            backoff.reset();
            context.runOnContext(ignored -> settledSome());
        }
    }

    private void askWhenQuiet() {
        for (Lane lane : lanes) {
            if (!lane.isQuiet()) {
                return;
            }
        }
        admission = Admission.ASKING;
        ask();
    }

    private void ask() {
        if (failure != null) {
            return;
        }
        port.readmitWriter(grant, options.getId())
                .onComplete((next, cause) -> context.runOnContext(ignored -> asked(next, cause)));
    }

    private void asked(@Nullable WriterGrant next, @Nullable Throwable cause) {
        if (failure != null) {
            return;
        }
        if (next != null) {
            try {
                table.requireSameAs(next);
            } catch (StrandlineException e) {
                fail(e);
                return;
            }
            grant = next;
            table.start(next);
            if (digests != null) {
                digests.restart(next);
            }
            admission = Admission.ADMITTED;
            for (Lane lane : lanes) {
                lane.pump(true);
            }
            settledSome();
            return;
        }
        boolean mayPass = cause instanceof StrandlineException.Unavailable
                || cause instanceof StrandlineException.Overloaded
                || cause instanceof StrandlineException.NotOwner
                || cause instanceof StrandlineException.Unknown;
        if (cause instanceof StrandlineException known && !mayPass) {
            fail(known);
        } else if (System.nanoTime() - askingSince < options.getRetryTimeoutMillis() * 1_000_000) {
            setTimer(backoff.next(), this::ask);
        } else {
            admission = Admission.LOST;
            failWaiting(new StrandlineException.Unavailable("the writer of " + stream
                    + " was not admitted again within " + options.getRetryTimeoutMillis() + " ms: " + cause));
        }
    }

    private void failWaiting(StrandlineException cause) {
        List<Draft> failed = new ArrayList<>();
        for (Lane lane : lanes) {
            failed.addAll(lane.failWaiting(cause));
        }
        for (int i = 0; i < table.count(); i++) {
            table.dropUnconfirmed(i);
        }
        failed.forEach(this::complete);
        settledSome();
    }

    // ---- end ----

    /** Ends the writer for good. What is in flight is still answered; everything else fails now. */
    void fail(StrandlineException cause) {
        if (failure != null) {
            return;
        }
        failure = cause;
        List<Draft> failed = new ArrayList<>();
        for (Lane lane : lanes) {
            failed.addAll(lane.stop(cause));
        }
        failed.forEach(this::complete);
        if (exceptionHandler != null) {
            context.dispatch(cause, exceptionHandler);
        }
        settledSome();
    }

    /** Refuses everything from now on; nothing is pending. */
    void close(StrandlineException.Unavailable closed) {
        if (failure == null) {
            failure = closed;
        }
    }

    // ---- timers ----

    long setTimer(long millis, Runnable action) {
        return context.setTimer(millis, ignored -> {
            if (failure == null) {
                action.run();
            }
        });
    }

    void cancelTimer(long timer) {
        if (timer >= 0) {
            context.owner().cancelTimer(timer);
        }
    }
}
