package io.strandline.impl.writer;

import io.strandline.Appended;
import io.strandline.Durability;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.impl.writer.ParcelLayout.Part;
import io.strandline.spi.Backoff;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.RetryTime;
import io.vertx.core.Future;
import io.vertx.core.internal.PromiseInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events of one writer on their way to one shard, in three stages: the draft that is filled, full drafts that wait
 * for the window, and drafts that were handed over and are not settled.
 *
 * <p>Invariant (rule D3): per route, batches are handed over in the order of their sequences, each naming the one before
 * it, and a batch follows a failed one only after the application has learned of the failure.
 *
 * <ul>
 * <li>FLOWING: no answered batch is pending. New drafts are sent.
 * <li>DRAINING: a batch was refused or not answered for. Nothing is sent until every parcel in flight was answered. Then
 * it is known which batches are pending, and none of them is in flight.
 * <li>PAUSED: the back-off before a retry. After it all pending batches are sent again, in order, linked again after the
 * confirmed ones. That changes no byte unless a batch before them failed for good.
 * <li>STOPPED: the writer has ended. Nothing is sent. What is in flight is still answered, and all else has failed.
 * <li>BROKEN: the writer has ended because a step threw. Everything has failed, and answers are ignored.
 * </ul>
 *
 * <p>A batch that could not be confirmed within the retry timeout fails for good, and so does everything after it in the
 * lane. The writer is then admitted again before anything else is sent (see {@link WriterSession}).
 *
 * <p>A batch that was refused because its partition is sealed stays pending, and the lane DRAINING, until the session has
 * learned where to continue, and {@link Redraw} has emptied the lane.
 */
final class Lane {

    private enum State {
        FLOWING,
        DRAINING,
        PAUSED,
        STOPPED,
        BROKEN
    }

    private final WriterSession session;
    private PartitionTable table;
    private final int shard;
    private final int parcelBytes;
    private final int parcelsInFlight;
    private final ParcelLayout layout;
    private final RetryTime time;
    private final Backoff backoff;
    private final Linger linger;

    private final ArrayDeque<Draft> sent = new ArrayDeque<>();
    private final ArrayDeque<Draft> full = new ArrayDeque<>();
    private Draft filling;

    private State state = State.FLOWING;
    private int inFlight;
    /** The log failed for a moment, so a pause comes before the retry. */
    private boolean failing;

    /** Drafts that turned out to be in the log, until their promises are complete. */
    private final List<Draft> proven = new ArrayList<>();

    /** The draft whose answers were taken, until its promises are complete. */
    private @Nullable Draft settling;

    private long entries;
    private long timer = -1;

    Lane(WriterSession session, int shard) {
        this.session = session;
        this.table = session.table();
        this.shard = shard;
        this.time = session.port().retryTime();
        this.backoff = time.backoff();
        this.parcelBytes = session.options().getParcelBytes();
        this.parcelsInFlight = session.options().getParcelsInFlight();
        this.layout = new ParcelLayout(
                shard, parcelBytes, session.newCompression(), session.port().parcelArrays(shard));
        this.filling = session.newDraft(0);
        this.linger = new Linger(session::later, () -> pump(true));
    }

    // ---- filling ----

    /** The draft that takes the next event of a route. */
    Draft draftFor(int route, boolean conditional) {
        if (filling.excludes(table, route, conditional)) {
            closeDraft();
        }
        return filling;
    }

    /** Adds the event that was written after the draft's records up to {@code to}. */
    void add(int route, int to, PromiseInternal<Appended> promise, @Nullable Sequence sequence) {
        Draft draft = filling;
        session.acquire(draft.add(table, route, to, promise));
        if (sequence != null) {
            draft.setLast(table.slot(route), sequence, session.digests().given(route));
        }
        added(draft);
    }

    /** As {@link #add}, for an atomic batch. */
    void addAlone(int route, int to, int events, @Nullable Condition condition, PromiseInternal<Appended> promise) {
        Draft draft = filling;
        session.acquire(draft.addAlone(table, route, to, events, condition, promise));
        added(draft);
    }

    private void added(Draft draft) {
        entries++;
        boolean idle = inFlight == 0 && !linger.isWaiting();
        if (idle || draft.isFull(parcelBytes)) {
            pump(idle);
            if (filling.isFull(parcelBytes)) {
                closeDraft();
            }
        }
    }

    private void closeDraft() {
        full.add(filling);
        fillNext();
    }

    private void fillNext() {
        filling = session.newDraft(entries);
        linger.restart();
    }

    // ---- handing over ----

    /**
     * Hands over what may go (rule A1): full drafts while the window is open, and one that is not full if
     * {@code evenSmall}, that is when the lane is idle or an answer has just come. A thin one goes when the lane is idle and
     * {@link Linger} has an end.
     */
    void pump(boolean evenSmall) {
        boolean small = evenSmall;
        while (state == State.FLOWING && inFlight < parcelsInFlight && session.mayHandOver()) {
            Draft next = full.peek();
            if (next == null) {
                if (filling.isEmpty() || !(filling.isFull(parcelBytes) || (small && isWorthwhile()))) {
                    return;
                }
                small = false;
                next = filling;
            }
            if (!next.mayGo(table)) {
                return;
            }
            // Never out of all queues, so that no promise is lost if one of these steps throws.
            sent.add(next);
            if (next == filling) {
                fillNext();
            } else {
                full.poll();
            }
            next.number(table, session.counts(), session.epoch());
            handOver(next);
        }
    }

    private boolean isWorthwhile() {
        return !filling.isThin() || (inFlight == 0 && linger.isOver(entries));
    }

    private void handOver(Draft draft) {
        inFlight++;
        List<Part> parts = layout.layOut(draft, session.number(), session.epoch(), table);
        draft.unanswered = parts.size();
        for (Part part : parts) {
            Future<ParcelReply> reply;
            try {
                reply = session.port().append(part.parcel().with(session.durability()));
            } catch (RuntimeException e) {
                reply = Future.failedFuture(e);
            }
            reply.onComplete((value, failure) -> session.later(() -> answered(draft, part, value, failure)));
        }
    }

    // ---- answers ----

    private void answered(Draft draft, Part part, @Nullable ParcelReply reply, @Nullable Throwable failure) {
        if (state != State.BROKEN) {
            session.settle(() -> take(draft, part, reply, failure));
        }
    }

    private void take(Draft draft, Part part, @Nullable ParcelReply reply, @Nullable Throwable failure) {
        StrandlineException fatal = reply != null ? takeReply(draft, part, reply) : takeFailure(draft, part, failure);
        if (fatal != null) {
            session.fail(fatal);
        }
        draft.unanswered--;
        if (draft.unanswered > 0) {
            return;
        }
        inFlight--;
        boolean settled = draft.isSettled();
        if (settled) {
            removeSent(draft);
        }
        // Out of the queue, but its promises are open: not to be lost if a step throws before they are complete.
        settling = draft;
        goOn();
        session.complete(draft);
        settling = null;
        if (settled && state == State.FLOWING) {
            session.reuse(draft);
        }
    }

    private @Nullable StrandlineException takeFailure(Draft draft, Part part, @Nullable Throwable failure) {
        StrandlineException cause = failure instanceof StrandlineException known
                ? known
                : new StrandlineException.Unknown(
                        "parcel for shard " + shard + " of " + session.stream() + " failed: " + failure,
                        failure == null ? new IllegalStateException("no reply") : failure);
        StrandlineException fatal = null;
        for (int slot = part.fromSlot(); slot < part.toSlot(); slot++) {
            if (draft.slots.isPending(slot)) {
                StrandlineException refused = refused(draft, slot, cause);
                fatal = fatal == null ? refused : fatal;
            }
        }
        return fatal;
    }

    private @Nullable StrandlineException takeReply(Draft draft, Part part, ParcelReply reply) {
        StrandlineException fatal = null;
        int batch = 0;
        int released = 0;
        for (int slot = part.fromSlot(); slot < part.toSlot(); slot++) {
            if (!draft.slots.isPending(slot)) {
                continue;
            }
            StrandlineException refusal = reply.refusal(batch);
            if (refusal == null) {
                released += draft.confirm(table, slot, reply, batch);
            } else {
                StrandlineException refused = refused(draft, slot, refusal);
                fatal = fatal == null ? refused : fatal;
            }
            batch++;
        }
        session.release(released);
        backoff.reset();
        return fatal;
    }

    /** Handles one batch that was refused. Returns the failure if the writer can go no further. */
    private @Nullable StrandlineException refused(Draft draft, int slot, StrandlineException cause) {
        if (cause instanceof StrandlineException.Unknown) {
            draft.unknown = true;
        }
        boolean conflict = cause instanceof StrandlineException.Conflict;
        if (conflict && !draft.slots.isConditional(slot)) {
            draft.misplaced(slot, cause);
            noteFailure(draft, cause);
            return null;
        }
        // A sealed partition may be gone entirely by now. If the stream is gone, the session will learn that.
        boolean moved = cause instanceof StrandlineException.Sealed || cause instanceof StrandlineException.NotFound;
        if (moved && !session.isClaim()) {
            noteFailure(draft, cause);
            session.admission().follow();
            return null;
        }
        if (cause.isTransient()) {
            noteFailure(draft, cause);
            failing = true;
            return null;
        }
        StrandlineException impossible = conflict ? impossible(draft, slot) : null;
        if (impossible != null) {
            failForGood(draft, slot, impossible);
            return null;
        }
        // What an earlier attempt left in the log would be a duplicate, not a conflict and not refused by a sealed
        // partition: it is
        // looked for first.
        boolean provesAll = conflict || cause instanceof StrandlineException.Sealed;
        failForGood(draft, slot, draft.unknown && !provesAll ? unknown(cause) : cause);
        if (conflict && session.durability() != Durability.FORCED) {
            // The log may have lost acknowledged events. Then every later condition would be refused too.
            session.admission().readmit();
        }
        // What a claimant appends next rests on what was refused, so nothing of it may be sent again.
        boolean fatal = (session.isClaim() && !conflict)
                || cause instanceof StrandlineException.Fenced
                || cause instanceof StrandlineException.Unauthorized;
        return fatal ? cause : null;
    }

    private @Nullable StrandlineException impossible(Draft draft, int slot) {
        return draft.slots.condition(slot) instanceof Condition.KeyUnchanged unchanged
                ? unchanged.impossible(session.stream(), table)
                : null;
    }

    private void failForGood(Draft draft, int slot, StrandlineException cause) {
        int route = draft.slots.route[slot];
        session.release(draft.fail(table, slot, cause));
        if (table.idle(route)) {
            table.rewind(route);
        } else {
            drain();
        }
    }

    /** The clock of the retry timeout runs from the first failure, whatever it was: so every repeat has a bound. */
    private void noteFailure(Draft draft, StrandlineException cause) {
        draft.lastFailure = cause;
        draft.failedSince = draft.failedSince == 0 ? time.nanos() | 1 : draft.failedSince;
        drain();
    }

    private void drain() {
        // A stopped lane is still answered, and sends nothing again.
        if (state != State.STOPPED) {
            state = State.DRAINING;
        }
    }

    private void removeSent(Draft draft) {
        if (sent.peek() == draft) {
            sent.poll();
        } else {
            sent.remove(draft);
        }
    }

    // ---- repeating ----

    private void goOn() {
        StrandlineException failure = session.failure();
        if (failure != null) {
            stop(failure).forEach(session::complete);
            return;
        }
        if (state == State.DRAINING && inFlight == 0) {
            resync();
        }
        pump(true);
    }

    private void resync() {
        takeProven();
        StrandlineException hopeless = hopeless();
        if (hopeless != null) {
            giveUp(hopeless);
        } else if (!session.admission().isFollowing()) {
            linkAgain();
        }
        tellProven();
    }

    /**
     * Settles what the log has proven to have by what it took after it. Without that, a batch whose answers were lost would
     * fail for good although later ones of its keys are acknowledged. An answer from before the force proves nothing: the log may
     * have lost both since.
     */
    private void takeProven() {
        if (session.durability() != Durability.FORCED) {
            return;
        }
        int released = 0;
        for (Iterator<Draft> drafts = sent.iterator(); drafts.hasNext(); ) {
            Draft draft = drafts.next();
            int bytes = draft.confirmProven(table);
            released += bytes;
            if (bytes > 0) {
                proven.add(draft);
                if (draft.isSettled()) {
                    drafts.remove();
                }
            }
        }
        session.release(released);
    }

    private void tellProven() {
        List<Draft> told = List.copyOf(proven);
        told.forEach(session::complete);
        proven.removeAll(told);
    }

    private void linkAgain() {
        table.rewindShard(shard);
        for (Draft draft : sent) {
            draft.relink(table);
        }
        if (failing) {
            failing = false;
            state = State.PAUSED;
            timer = session.setTimer(backoff.next(), () -> {
                timer = -1;
                repeat();
            });
        } else {
            repeat();
        }
    }

    /** Why the pending batches shall not be repeated, or null. */
    private @Nullable StrandlineException hopeless() {
        long now = time.nanos();
        for (Draft draft : sent) {
            StrandlineException contradiction = draft.contradiction(table);
            if (contradiction != null) {
                return contradiction;
            }
            StrandlineException last = draft.lastFailure;
            if (last != null
                    && draft.failedSince != 0
                    && now - draft.failedSince >= session.options().getRetryTimeoutMillis() * 1_000_000) {
                return last;
            }
        }
        return null;
    }

    private void repeat() {
        if (session.admission().isFollowing()) {
            state = State.DRAINING;
            return;
        }
        state = State.FLOWING;
        for (Draft draft : sent) {
            handOver(draft);
        }
        pump(true);
    }

    /** Fails everything in the lane for good. Nothing of it is on its way. */
    private void giveUp(StrandlineException last) {
        // The application compares nothing here. That the writer and the log disagree is no Conflict of its own.
        StrandlineException cause = last;
        if (last instanceof StrandlineException.Conflict) {
            cause = new StrandlineException.Unavailable(
                    "the log does not go on from what it confirmed: " + last.getMessage(), last);
        } else if (last instanceof StrandlineException.Sealed) {
            cause = new StrandlineException.Unavailable(
                    "the writer could not follow the partitions that took over: " + last.getMessage(), last);
        }
        state = State.FLOWING;
        failing = false;
        List<Draft> failed = new ArrayList<>(sent);
        sent.clear();
        for (Draft draft : failed) {
            failPending(draft, draft.unknown ? unknown(cause) : cause);
        }
        failed.addAll(failWaiting(new StrandlineException.Unavailable("not handed over to shard " + shard + " of "
                + session.stream() + ", because an append before it failed: " + cause.getMessage())));
        table.dropUnconfirmedOfShard(shard);
        session.admission().readmit();
        failed.forEach(session::complete);
    }

    private static StrandlineException unknown(StrandlineException cause) {
        return cause instanceof StrandlineException.Unknown
                ? cause
                : new StrandlineException.Unknown(
                        "an earlier attempt may have been taken: " + cause.getMessage(), cause);
    }

    // ---- failing ----

    /** Fails events that were never handed over. The caller completes the promises of the returned drafts. */
    List<Draft> failWaiting(StrandlineException cause) {
        List<Draft> failed = new ArrayList<>(full);
        full.clear();
        if (!filling.isEmpty()) {
            failed.add(filling);
            fillNext();
        }
        for (Draft draft : failed) {
            failPending(draft, cause);
        }
        return failed;
    }

    /** The writer has ended: fails everything but what the log will still answer for. */
    List<Draft> stop(StrandlineException cause) {
        state = State.STOPPED;
        return inFlight == 0 ? failAll(cause) : failWaiting(cause);
    }

    /** Fails everything. Nothing is in flight. Continues, empty, when the writer is admitted again. */
    List<Draft> empty(StrandlineException cause) {
        List<Draft> failed = failAll(cause);
        state = State.FLOWING;
        failing = false;
        return failed;
    }

    private List<Draft> failAll(StrandlineException cause) {
        List<Draft> failed = failWaiting(cause);
        session.cancelTimer(timer);
        timer = -1;
        takeProven();
        // They stay in the list until they are told, so that none is forgotten if a step throws before.
        failed.addAll(proven);
        for (Draft draft : new ArrayList<>(sent)) {
            failPending(draft, draft.unknown ? unknown(cause) : cause);
            removeSent(draft);
            failed.add(draft);
        }
        return failed;
    }

    private void failPending(Draft draft, StrandlineException cause) {
        int released = 0;
        for (int slot = 0; slot < draft.slots.count; slot++) {
            if (draft.slots.isPending(slot)) {
                released += draft.fail(table, slot, cause);
            }
        }
        session.release(released);
    }

    /**
     * A step threw, perhaps one of this lane: fails all its promises without a look at what else it knows, which is in doubt,
     * and takes no answer any more.
     */
    void breakOff(StrandlineException cause) {
        state = State.BROKEN;
        session.cancelTimer(timer);
        timer = -1;
        if (settling != null) {
            settling.abandon(unknown(cause), session.failedAppends());
        }
        sent.forEach(draft -> draft.abandon(unknown(cause), session.failedAppends()));
        proven.forEach(draft -> draft.abandon(unknown(cause), session.failedAppends()));
        proven.clear();
        full.forEach(draft -> draft.abandon(cause, session.failedAppends()));
        filling.abandon(cause, session.failedAppends());
        sent.clear();
        full.clear();
        inFlight = 0;
    }

    // ---- following a scaling ----

    /** Gives up all its drafts in their order, for {@link Redraw}. Continues, empty, for other routes. */
    List<Draft> leave(PartitionTable next) {
        session.cancelTimer(timer);
        timer = -1;
        List<Draft> left = new ArrayList<>(sent);
        left.addAll(full);
        left.add(filling);
        sent.clear();
        full.clear();
        table = next;
        fillNext();
        state = State.FLOWING;
        failing = false;
        return left;
    }

    // ---- what the session asks ----

    /** True if every parcel that was handed over was answered. */
    boolean isAnswered() {
        return inFlight == 0;
    }

    /** True if nothing was handed over that is not settled. */
    boolean isQuiet() {
        return sent.isEmpty();
    }

    /** Number of entries ever added. */
    long entries() {
        return entries;
    }

    /** Number of the oldest entry that may not be complete, or {@link #entries()} if all are. */
    long oldestEntry() {
        if (state == State.BROKEN) {
            return entries;
        }
        Draft oldest = sent.peek();
        if (oldest == null) {
            oldest = full.peek();
        }
        return oldest == null ? filling.firstEntry : oldest.firstEntry;
    }
}
