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
 * <p>When a partition turns out to be sealed, nothing more is handed over; as soon as every parcel in flight was answered,
 * the log is asked where the writer stands and where its events go now, and {@link Redraw} moves everything that is pending
 * there. The application sees nothing of it.
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
        /** A partition is sealed, and the parcels in flight are awaited. */
        SEALED,
        /** Asks where the writer goes on. */
        FOLLOWING,
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
    private PartitionTable table;
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
    /** A lane gave up while the writer follows: it is to be admitted anew afterwards. */
    private boolean gaveUp;

    private long askingSince;
    /** Counts the attempts to follow, so that an answer that comes too late is known. */
    private int attempts;

    private long attemptTimer = -1;

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
            digests = WriterDigests.start(options.getId() + " of " + stream, table, grant, options.getReplay());
        }
        return digests;
    }

    Lane lane(int route) {
        return lanes[table.shard(route)];
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
        return numbers == Numbers.OWN && admission != Admission.LOST && !knowsNumbers();
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
        if (admission == Admission.SEALED) {
            followWhenAnswered();
        } else if (admission == Admission.CLOSING) {
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

    /** True if the writer knows which of the application's numbers the log has. */
    boolean knowsNumbers() {
        return admission == Admission.ADMITTED || (isFollowing() && !gaveUp);
    }

    /** Admits the writer anew as soon as nothing of the present admission is pending. */
    void readmit() {
        if (admission == Admission.ADMITTED || admission == Admission.LOST) {
            admission = Admission.CLOSING;
            wasFull |= refusesNumbers();
            askingSince = System.nanoTime();
            backoff.reset();
            context.runOnContext(ignored -> settledSome());
        } else if (isFollowing()) {
            gaveUp = true;
            wasFull |= refusesNumbers();
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
            moveTo(next);
            goOn();
        } else if (!mayPass(cause)) {
            fail(asKnown(cause));
        } else if (withinTimeout()) {
            setTimer(backoff.next(), this::ask);
        } else {
            admission = Admission.LOST;
            failWaiting(new StrandlineException.Unavailable("the writer of " + stream
                    + " was not admitted again within " + options.getRetryTimeoutMillis() + " ms: " + cause));
        }
    }

    private void goOn() {
        if (failure != null) {
            return;
        }
        admission = Admission.ADMITTED;
        for (Lane lane : lanes) {
            lane.pump(true);
        }
        settledSome();
    }

    private boolean withinTimeout() {
        return System.nanoTime() - askingSince < options.getRetryTimeoutMillis() * 1_000_000;
    }

    /** False if asking again is of no use. */
    private static boolean mayPass(@Nullable Throwable cause) {
        return !(cause instanceof StrandlineException)
                || cause instanceof StrandlineException.Unavailable
                || cause instanceof StrandlineException.Overloaded
                || cause instanceof StrandlineException.NotOwner
                || cause instanceof StrandlineException.Unknown;
    }

    private static StrandlineException asKnown(@Nullable Throwable cause) {
        return cause instanceof StrandlineException known
                ? known
                : new StrandlineException.Unavailable("the log does not answer: " + cause);
    }

    private void failWaiting(StrandlineException cause) {
        List<Draft> failed = new ArrayList<>();
        for (Lane lane : lanes) {
            failed.addAll(lane.failWaiting(cause));
        }
        dropUnconfirmed(failed);
    }

    private void dropUnconfirmed(List<Draft> failed) {
        for (int i = 0; i < table.count(); i++) {
            table.dropUnconfirmed(i);
        }
        failed.forEach(this::complete);
        settledSome();
    }

    // ---- following a scaling ----

    /** A partition is sealed: has all lanes wait until it is known which took over. */
    void follow() {
        if (admission == Admission.ADMITTED || admission == Admission.CLOSING) {
            gaveUp = admission == Admission.CLOSING;
            admission = Admission.SEALED;
            askingSince = System.nanoTime();
            backoff.reset();
        }
    }

    /** True if nothing may be handed over, not even again, because partitions change. */
    boolean isFollowing() {
        return admission == Admission.SEALED || admission == Admission.FOLLOWING;
    }

    private void followWhenAnswered() {
        for (Lane lane : lanes) {
            if (!lane.isAnswered()) {
                return;
            }
        }
        admission = Admission.FOLLOWING;
        int attempt = ++attempts;
        // A change may take as long as a shard needs to recover, and no append waits longer than it was told to.
        attemptTimer = setTimer(Math.max(1, options.getRetryTimeoutMillis()), () -> {
            if (attempt == attempts && admission == Admission.FOLLOWING) {
                lose(new StrandlineException.Unavailable("the log did not say within " + options.getRetryTimeoutMillis()
                        + " ms which partitions of " + stream + " took over"));
            }
        });
        askWhereTo(attempt);
    }

    private void askWhereTo(int attempt) {
        if (attempt == attempts && admission == Admission.FOLLOWING) {
            port.refreshWriter(grant, options.getId())
                    .onComplete((next, cause) -> context.runOnContext(ignored -> toldWhereTo(attempt, next, cause)));
        }
    }

    private void toldWhereTo(int attempt, @Nullable WriterGrant next, @Nullable Throwable cause) {
        if (failure != null || attempt != attempts || admission != Admission.FOLLOWING) {
            return;
        }
        if (next != null && !table.hasPartitionsOf(next)) {
            if (goesOnFrom(next) && table.isAheadOf(next)) {
                // Answered before it was forced, and lost: the application hears of it by its next appends.
                lose(new StrandlineException.Unavailable("the log does not go on from what it confirmed of " + stream));
                return;
            }
            moveTo(next);
            if (gaveUp) {
                admission = Admission.LOST;
                readmit();
            } else {
                goOn();
            }
        } else if (next == null && !mayPass(cause)) {
            fail(asKnown(cause));
        } else if (withinTimeout()) {
            setTimer(backoff.next(), () -> askWhereTo(attempt));
        } else {
            lose(new StrandlineException.Unavailable("a partition of " + stream + " is sealed, and the log did not say"
                    + " within " + options.getRetryTimeoutMillis() + " ms which took over: " + cause));
        }
    }

    /** Gives up what is pending; nothing is on its way. The next append asks for a new admission. */
    private void lose(StrandlineException cause) {
        admission = Admission.LOST;
        List<Draft> failed = new ArrayList<>();
        for (Lane lane : lanes) {
            failed.addAll(lane.stop(cause));
        }
        dropUnconfirmed(failed);
    }

    /** Goes on from what the log says: where it stands, and where events go. Nothing is on its way. */
    private void moveTo(WriterGrant next) {
        if (!goesOnFrom(next)) {
            fail(new StrandlineException.NotFound(
                    "stream " + stream + " was deleted, and another one was created under its name"));
            return;
        }
        cancelTimer(attemptTimer);
        attemptTimer = -1;
        PartitionTable before = table;
        table = new PartitionTable(next);
        table.goOnFrom(before);
        grant = next;
        if (digests != null) {
            digests = digests.movedTo(table, next);
        }
        List<Draft> pending = new ArrayList<>();
        for (Lane lane : lanes) {
            pending.addAll(lane.leave(table));
        }
        Redraw redraw = new Redraw(this, before);
        pending.forEach(redraw::draw);
        // Which entries a flush waits for cannot be told apart any more: it waits for all that were drawn anew.
        for (Flush flush : flushes) {
            for (int i = 0; i < lanes.length; i++) {
                flush.marks()[i] = lanes[i].entries();
            }
        }
        completing++;
        try {
            redraw.tell();
        } finally {
            completing--;
        }
    }

    /** False if the stream of this grant is not the one that the writer began with. */
    private boolean goesOnFrom(WriterGrant next) {
        for (WriterGrant.Slot slot : grant.slots()) {
            if (next.stream().knows(slot.partition().id())) {
                return true;
            }
        }
        return false;
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
