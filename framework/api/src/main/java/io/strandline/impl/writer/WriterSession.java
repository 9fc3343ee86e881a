package io.strandline.impl.writer;

import io.strandline.Compression;
import io.strandline.Durability;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.spi.LogPort;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shared part of the lanes of one writer: its admission, the bytes that wait, and its end.
 *
 * <p>When a partition turns out to be sealed, nothing more is handed over. As soon as every parcel in flight was
 * answered, the log is asked how far the writer has come and where its events go now. {@link Redraw} then moves
 * everything that is pending there. The application sees nothing of it.
 *
 * <p>When a lane gives up, it is unknown which events of this writer the log has, so the writer is admitted again. An
 * anonymous writer gets a new number. Other writers get their next epoch, which fences everything that may still be in
 * flight. Invariant: a batch of the new admission is handed over only after every batch of the old one was settled in all
 * lanes. Until then appends wait. Appends with the application's own numbers are refused, because only the new admission
 * tells which of them the log has already.
 */
public final class WriterSession {

    private enum Numbers {
        UNDECIDED,
        COUNTED,
        OWN
    }

    private final LogPort port;
    private final ContextInternal context;
    private final WriterOptions options;
    private final Durability durability;
    private final StreamName stream;
    private PartitionTable table;
    private final Lane[] lanes;
    private final WriterAdmission admission;
    private final ArrayDeque<Draft> used = new ArrayDeque<>();
    private final long usedLimitBytes;
    private long usedBytes;
    private final Flushes flushes;
    private final FailedAppends failedAppends = new FailedAppends();

    /** Made when the first of the application's numbers is given, because most writers need none. */
    private @Nullable WriterDigests digests;

    private WriterGrant grant;
    private Numbers numbers = Numbers.UNDECIDED;
    private long generations;
    private int completing;

    private long unacknowledged;
    private long writeQueueBytes;
    private boolean wasFull;
    private @Nullable StrandlineException failure;
    private Runnable whenFailed = () -> {};
    private @Nullable Handler<Void> drainHandler;
    private @Nullable Handler<Throwable> exceptionHandler;

    public WriterSession(LogPort port, ContextInternal context, WriterOptions options, WriterGrant grant) {
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
        this.flushes = new Flushes(lanes);
        // As much as a writer at full speed has in its drafts, so that none of them has to grow again.
        this.usedLimitBytes = (long) options.getWriteQueueBytes()
                + (long) lanes.length * options.getParcelsInFlight() * options.getParcelBytes();
        for (int shard = 0; shard < lanes.length; shard++) {
            lanes[shard] = new Lane(this, shard);
        }
        this.admission = new WriterAdmission(this);
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

    /** What the log granted last. */
    WriterGrant grant() {
        return grant;
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

    /** True if the writer holds a claim, and so writes to one partition alone. */
    boolean isClaim() {
        return grant.stream().exclusive();
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

    FailedAppends failedAppends() {
        return failedAppends;
    }

    // ---- drafts ----

    /** The compression of a lane's batches, or null for none. */
    @Nullable
    ParcelCompression newCompression() {
        Compression compression = options.getCompression();
        return compression == Compression.NONE ? null : new ParcelCompression(compression);
    }

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
            draft.complete(table, failedAppends);
        } finally {
            completing--;
        }
    }

    /**
     * Takes a step that settles appends and completes their promises. What waits for them, such as a flush, is looked after
     * only when the whole step is done. It would otherwise end before the promises that it waits for, if the step also fails
     * the writer.
     */
    void settle(Runnable step) {
        completing++;
        try {
            step.run();
        } finally {
            completing--;
        }
        settledSome();
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
        return numbers == Numbers.OWN && !admission.isLost() && !admission.knowsNumbers();
    }

    void setWriteQueueBytes(int bytes) {
        writeQueueBytes = bytes;
    }

    void setDrainHandler(@Nullable Handler<Void> handler) {
        drainHandler = handler;
    }

    /** Names who hears that the writer can go no further. */
    void whenFailed(Runnable hears) {
        whenFailed = hears;
    }

    void setExceptionHandler(@Nullable Handler<Throwable> handler) {
        exceptionHandler = handler;
    }

    Future<Void> flush() {
        Future<Void> flushed = flushes.add(context.promise());
        settledSome();
        return flushed;
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
        flushes.end();
        admission.settledSome();
    }

    // ---- admission ----

    WriterAdmission admission() {
        return admission;
    }

    /** True if lanes may hand over new batches. */
    boolean mayHandOver() {
        admission.askAgain();
        return admission.isGiven() && failure == null;
    }

    /** The application may have to wait now, and is to be told when it need not. */
    void notesIfFull() {
        wasFull |= refusesNumbers();
    }

    /** True if no parcel is in flight. */
    boolean isAnswered() {
        for (Lane lane : lanes) {
            if (!lane.isAnswered()) {
                return false;
            }
        }
        return true;
    }

    /** True if nothing that the log may have heard of is pending. */
    boolean isQuiet() {
        for (Lane lane : lanes) {
            if (!lane.isQuiet()) {
                return false;
            }
        }
        return true;
    }

    /** Hands over what waited. */
    void pump() {
        for (Lane lane : lanes) {
            lane.pump(true);
        }
        settledSome();
    }

    /** Fails what was never handed over. */
    void failWaiting(StrandlineException cause) {
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

    /** Fails everything pending. Nothing is in flight. */
    void giveUp(StrandlineException cause) {
        List<Draft> failed = new ArrayList<>();
        for (Lane lane : lanes) {
            failed.addAll(lane.empty(cause));
        }
        dropUnconfirmed(failed);
    }

    /** Continues from the log's answer: how far the writer has come, and where events go. Nothing is in flight. */
    void moveTo(WriterGrant next) {
        if (!goesOnFrom(next)) {
            fail(new StrandlineException.NotFound(
                    "stream " + stream + " was deleted, and another one was created under its name"));
            return;
        }
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
        flushes.waitForAll();
        completing++;
        try {
            redraw.tell();
        } finally {
            completing--;
        }
    }

    /** False if the stream of this grant is not the one that the writer began with. */
    boolean goesOnFrom(WriterGrant next) {
        for (WriterGrant.Slot slot : grant.slots()) {
            if (next.stream().knows(slot.partition().id())) {
                return true;
            }
        }
        return false;
    }

    // ---- end ----

    /** Ends the writer for good. Parcels in flight are still answered. Everything else fails now. */
    public void fail(StrandlineException cause) {
        if (failure != null) {
            return;
        }
        failure = cause;
        List<Draft> failed = new ArrayList<>();
        for (Lane lane : lanes) {
            failed.addAll(lane.stop(cause));
        }
        failed.forEach(this::complete);
        // What is in flight is still answered, but the log need not end a writer that has ended itself.
        whenFailed.run();
        if (exceptionHandler != null) {
            context.dispatch(cause, exceptionHandler);
        }
        settledSome();
    }

    /**
     * A step of the writer threw although no step should, for example because the heap is exhausted. The state of its
     * parts is in doubt. Fails everything (as Unknown if it was handed over) and ends the writer. Answers that still come
     * are of no use to it.
     *
     * @return why the writer has ended
     */
    StrandlineException broke(Throwable thrown) {
        StrandlineException ended = failure;
        if (ended == null) {
            ended = new StrandlineException.Unavailable("the writer of " + stream + " has ended, by " + thrown, thrown);
            failure = ended;
        }
        completing++;
        try {
            for (Lane lane : lanes) {
                lane.breakOff(ended);
            }
        } finally {
            completing--;
        }
        flushes.endAll();
        whenFailed.run();
        if (exceptionHandler != null) {
            context.dispatch(ended, exceptionHandler);
        }
        return ended;
    }

    /** Takes a step of the writer on its context. */
    void step(Runnable action) {
        try {
            action.run();
        } catch (Throwable thrown) {
            broke(thrown);
        }
    }

    /** Takes a step of the writer on its context, after what it does now. From any thread. */
    void later(Runnable action) {
        context.runOnContext(ignored -> step(action));
    }

    /** Refuses everything from now on. Nothing is pending. */
    void close(StrandlineException.Unavailable closed) {
        if (failure == null) {
            failure = closed;
        }
    }

    // ---- timers ----

    long setTimer(long millis, Runnable action) {
        return context.setTimer(millis, ignored -> {
            if (failure == null) {
                step(action);
            }
        });
    }

    void cancelTimer(long timer) {
        if (timer >= 0) {
            context.owner().cancelTimer(timer);
        }
    }
}
