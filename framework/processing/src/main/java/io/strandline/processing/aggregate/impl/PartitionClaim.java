package io.strandline.processing.aggregate.impl;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.NewEvent;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.Permit;
import io.strandline.processing.aggregate.impl.CommandMemory.DoneCommand;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One claim of a partition: what is decided under it, on states that were rebuilt under it. A call goes through rebuild, permit →
 * decide → append or prove → answer.
 *
 * <p>A command is decided on the state to which the one before it led, durable or not. So when an append fails, everything decided after
 * it is in doubt: the claim ends, its states are discarded, and nothing is answered from them any more. What is on its way is awaited
 * first, because it may still be taken.
 */
final class PartitionClaim<C, E, S> {

    private final OwnerVerticle<C, E, S> owner;
    private final Setting<C, E, S> setting;
    private final Aggregate<C, E, S> aggregate;
    private final EventWriter<E> writer;
    private final MeasuredCodec<E> codec;
    private final Ended<C, S> whenEnded;
    private final ProvenAnswers proven;
    private final RequiredAggregates<C, E, S> required;
    private final StreamCut nowhere;

    /** Calls without an answer, in the order in which they came. */
    private final LinkedHashSet<Call<C, S>> open = new LinkedHashSet<>();

    private int appends;
    private @Nullable Throwable ended;
    private boolean settled;
    private @Nullable Runnable whenIdle;

    /** Hears how a claim ended. */
    interface Ended<C, S> {

        /** Whether calls of which nothing was appended are decided again elsewhere, if they were decided before the claim ended so. */
        boolean goesOn(Throwable cause);

        /**
         * Takes the calls that are left.
         *
         * @param again those that are to be decided under another claim, in their order
         */
        void ended(Throwable cause, List<Call<C, S>> again);
    }

    PartitionClaim(
            OwnerVerticle<C, E, S> owner,
            PartitionDescription partition,
            EventWriter<E> writer,
            MeasuredCodec<E> codec,
            Ended<C, S> whenEnded) {
        this.owner = owner;
        this.setting = owner.setting();
        this.aggregate = setting.aggregate();
        this.writer = writer;
        this.codec = codec;
        this.whenEnded = whenEnded;
        this.required = new RequiredAggregates<>(setting, partition, owner.hot(), this::hot);
        this.nowhere = setting.nowhere();
        this.proven = new ProvenAnswers(writer, this::end);
        writer.exceptionHandler(this::end);
        setting.counters().partitions.increment();
    }

    /** Whether it takes no calls any more. */
    boolean isSettled() {
        return settled;
    }

    // ---- rebuild

    /** Takes a call, unless it is settled. */
    void take(Call<C, S> call) {
        open.add(call);
        if (ended != null) {
            return;
        }
        HotAggregate<C, S> hot = hot(call.id);
        Throwable defect = hot.defect();
        if (defect != null) {
            fail(call, defect);
            return;
        }
        prove(hot, call);
        required.gather(call, () -> decideWaiting(hot));
        ArrayDeque<Call<C, S>> waiting = hot.waiting;
        if (waiting != null) {
            waiting.add(call);
        } else if (call.isReady()) {
            decideReady(hot, call);
        } else {
            waiting = new ArrayDeque<>();
            waiting.add(call);
            hot.waiting = waiting;
        }
    }

    /** An aggregate that is in memory, or on its way there. */
    private HotAggregate<C, S> hot(String id) {
        HotAggregate<C, S> known = owner.hot().get(id, this);
        if (known != null) {
            return known;
        }
        HotAggregate<C, S> hot = new HotAggregate<>(id, this);
        owner.hot().add(hot);
        owner.rebuilding().of(id).onComplete((folded, cause) -> {
            if (ended != null) {
                return;
            }
            if (folded == null) {
                notRebuilt(hot, cause == null ? new IllegalStateException("no answer") : cause);
            } else {
                // First: what waits is decided while others hear that it is rebuilt, and that moves the state on.
                if (setting.isSnapshotDueAfterRebuild(folded)) {
                    owner.snapshots().write(id, folded, folded.state, folded.version);
                }
                hot.begin(folded);
                decideWaiting(hot);
            }
        });
        return hot;
    }

    private void notRebuilt(HotAggregate<C, S> hot, Throwable cause) {
        owner.hot().remove(hot);
        ArrayDeque<Call<C, S>> waiting = hot.waiting;
        hot.waiting = null;
        hot.fail(cause);
        if (waiting != null) {
            waiting.forEach(call -> {
                required.release(call);
                fail(call, cause);
            });
        }
    }

    /** Decides what waits, in its order, up to a call whose permit is not given yet. */
    private void decideWaiting(HotAggregate<C, S> hot) {
        ArrayDeque<Call<C, S>> waiting = hot.waiting;
        if (waiting == null || !hot.isRebuilt()) {
            return;
        }
        // Deciding may end the claim, and answering may call again. What is discarded has no weight in the set any
        // more.
        while (ended == null && !waiting.isEmpty() && waiting.element().isReady()) {
            decideReady(hot, waiting.remove());
        }
        if (ended == null) {
            if (waiting.isEmpty()) {
                hot.waiting = null;
            }
            owner.hot().changed(hot);
        }
    }

    private void decideReady(HotAggregate<C, S> hot, Call<C, S> call) {
        Throwable refusal = call.refusal;
        if (refusal == null) {
            decide(hot, call);
        } else {
            fail(call, refusal);
        }
        required.release(call);
    }

    // ---- permit

    /** Asks for the permit of a call at once, so those of calls that wait are asked for together. */
    private void prove(HotAggregate<C, S> hot, Call<C, S> call) {
        Permit permit = call.permit;
        call.refusal = null;
        call.permitted = permit == null;
        if (permit == null) {
            return;
        }
        UserCode.future("the permit", permit::prove)
                .timeout(Permit.MAX_WAIT_MILLIS, TimeUnit.MILLISECONDS)
                .onComplete((given, cause) -> owner.run(() -> {
                    if (ended == null) {
                        call.permitted = cause == null;
                        call.refusal = cause == null ? null : refusal(call, cause);
                        decideWaiting(hot);
                    }
                }));
    }

    private Throwable refusal(Call<C, S> call, Throwable cause) {
        return cause instanceof TimeoutException
                ? new StrandlineException.Unavailable("the permit of a command for " + aggregate + " " + call.id
                        + " of " + setting.stream() + " was not given within " + Permit.MAX_WAIT_MILLIS + " ms")
                : cause;
    }

    // ---- decide

    private void decide(HotAggregate<C, S> hot, Call<C, S> call) {
        Folded<S> now = hot.now();
        C command = call.command;
        if (command == null) {
            answerProven(call, new Outcome.Accepted<>(now.state, now.version, List.of(), nowhere, false));
            return;
        }
        DoneCommand done = now.commands.find(call.commandId);
        if (done != null) {
            // Proven is what was decided before the barrier. A later command may not be durable when it has passed.
            S state = now.state;
            prove(call, () -> repeat(hot, call, done, state));
            return;
        }
        Long expected = call.expectedVersion;
        if (expected != null && expected != now.version) {
            failProven(
                    call,
                    new StrandlineException.Conflict(aggregate + " " + call.id + " of " + setting.stream()
                            + " has version " + now.version + ", not " + expected));
            return;
        }
        Throwable unmet = required.unmet(call);
        if (unmet != null) {
            failProven(call, unmet);
            return;
        }
        try {
            Decision<E> decision = aggregate.decide(now.state, command);
            if (decision instanceof Decision.Rejected<E> rejected) {
                Outcome<S> outcome = new Outcome.Rejected<>(now.state, now.version, rejected.reason());
                prove(call, () -> {
                    setting.counters().rejected.increment();
                    answer(call, outcome);
                });
            } else if (decision instanceof Decision.Emitted<E> emitted) {
                emit(hot, call, emitted.events());
            }
        } catch (StrandlineException.Invalid refused) {
            failProven(
                    call,
                    new StrandlineException.Invalid(
                            refused.getMessage() + " (" + call.id + " of " + setting.stream() + ", version "
                                    + now.version + ")",
                            refused.getCause() == null ? refused : refused.getCause()));
        }
    }

    private void emit(HotAggregate<C, S> hot, Call<C, S> call, List<E> events) {
        Folded<S> now = hot.now();
        if (events.isEmpty()) {
            S state = now.state;
            long version = now.version;
            prove(call, () -> answer(call, new Outcome.Accepted<>(state, version, List.of(), lastOf(now), false)));
            return;
        }
        S next = now.state;
        for (E event : events) {
            next = aggregate.evolve(next, event);
        }
        append(hot, call, events, next);
    }

    private StreamCut lastOf(Folded<S> now) {
        return now.offset == Folded.NOWHERE ? nowhere : cut(now.partition, now.offset);
    }

    private StreamCut cut(long partition, long offset) {
        return StreamCut.of(setting.stream(), partition, offset + 1);
    }

    // ---- append

    private void append(HotAggregate<C, S> hot, Call<C, S> call, List<E> events, S next) {
        codec.take();
        Future<Appended> appended = events.size() == 1
                ? writer.append(new NewEvent<>(call.id, events.get(0), call.headers, null))
                : writer.appendBatch(call.id, events, call.headers);
        long bytes = codec.take();
        if (appended.failed()) {
            refused(call, appended.cause());
            return;
        }
        Folded<S> now = hot.now();
        if (hot.tellsTypes()) {
            for (int i = 0; i < events.size(); i++) {
                hot.hasHad(aggregate.eventCodec().typeOf(events.get(i)).name(), now.version + i + 1);
            }
        }
        now.state = next;
        now.version += events.size();
        now.commands.add(call.commandId, now.version);
        long version = now.version;
        call.decided = true;
        hot.pending++;
        appends++;
        appended.onComplete((place, cause) -> {
            hot.pending--;
            appends--;
            if (place != null) {
                durable(hot, call, new StateAfter<>(next, version, events, bytes), place);
            } else {
                call.failure = cause;
                end(cause == null ? new IllegalStateException("no answer to an append") : cause);
            }
            settle();
        });
    }

    /** What a command led to. */
    private record StateAfter<S>(S state, long version, List<?> events, long bytes) {}

    /** The writer took nothing of it. */
    private void refused(Call<C, S> call, Throwable cause) {
        if (cause instanceof StrandlineException.Invalid) {
            failProven(call, cause);
        } else if (cause instanceof StrandlineException.Overloaded) {
            fail(call, cause);
        } else {
            end(cause);
        }
    }

    private void durable(HotAggregate<C, S> hot, Call<C, S> call, StateAfter<S> after, Appended place) {
        Folded<S> now = hot.now();
        now.partition = place.partition();
        // Of a repeat the log tells the newest place of this claim, which is that of its last event or after it.
        now.placeIsExact = !place.duplicate();
        now.offset = place.duplicate()
                ? place.offset()
                : place.offset() + after.events().size() - 1;
        now.commands.place(call.commandId, after.version(), now.partition, now.offset);
        now.eventsSinceSnapshot += after.events().size();
        now.bytesSinceSnapshot += after.bytes();
        setting.counters().accepted.increment();
        StreamCut position = cut(now.partition, now.offset);
        answer(call, new Outcome.Accepted<>(after.state(), after.version(), after.events(), position, false));
        if (ended == null) {
            snapshotIfDue(hot, after);
            owner.hot().changed(hot);
        }
    }

    private void snapshotIfDue(HotAggregate<C, S> hot, StateAfter<S> after) {
        if (setting.isSnapshotDue(hot.now())) {
            owner.snapshots().write(hot.id, hot.now(), after.state(), after.version());
        }
    }

    // ---- prove

    private void answerProven(Call<C, S> call, Outcome<S> outcome) {
        prove(call, () -> answer(call, outcome));
    }

    private void failProven(Call<C, S> call, Throwable cause) {
        prove(call, () -> fail(call, cause));
    }

    private void prove(Call<C, S> call, Runnable answer) {
        call.decided = true;
        proven.add(() -> {
            if (ended == null) {
                answer.run();
            }
        });
    }

    /**
     * The first answer of a command, which is durable by now.
     *
     * @param done what was known of it before it was
     * @param state the state when it was repeated
     */
    private void repeat(HotAggregate<C, S> hot, Call<C, S> call, DoneCommand done, S state) {
        Folded<S> now = hot.now();
        DoneCommand known = done.isPlaced() ? done : now.commands.find(call.commandId);
        // Younger ones may have pushed it out meanwhile: then it is before the newest event.
        StreamCut position = known == null ? lastOf(now) : cut(known.partition(), known.offset());
        setting.counters().repeated.increment();
        answer(call, new Outcome.Accepted<>(state, done.version(), List.of(), position, true));
    }

    // ---- answer

    private void answer(Call<C, S> call, Outcome<S> outcome) {
        open.remove(call);
        call.answer(outcome);
        idle();
    }

    private void fail(Call<C, S> call, Throwable cause) {
        open.remove(call);
        call.fail(cause);
        idle();
    }

    private void idle() {
        Runnable hears = whenIdle;
        if (open.isEmpty() && hears != null) {
            whenIdle = null;
            hears.run();
        }
    }

    // ---- end

    /** Nothing is decided or answered from its states any more. */
    void end(Throwable cause) {
        if (ended == null) {
            forget(cause);
            settle();
        }
    }

    private void forget(Throwable cause) {
        ended = cause;
        owner.hot().discard(this);
        setting.counters().partitions.decrement();
    }

    /** When nothing is on its way any more, all other calls are either to be decided again or have failed. */
    private void settle() {
        Throwable cause = ended;
        if (cause == null || appends > 0 || settled) {
            return;
        }
        settled = true;
        List<Call<C, S>> again = new ArrayList<>();
        List<Call<C, S>> failed = new ArrayList<>();
        for (Iterator<Call<C, S>> calls = open.iterator(); calls.hasNext(); ) {
            Call<C, S> call = calls.next();
            calls.remove();
            if (isDecidedAgain(call, cause)) {
                if (call.failure instanceof StrandlineException.Unknown) {
                    call.doubt();
                }
                call.decided = false;
                call.failure = null;
                again.add(call);
            } else {
                failed.add(call);
            }
        }
        writer.end();
        whenEnded.ended(cause, again);
        failed.forEach(call -> call.fail(call.failure == null ? discarded(call, cause) : call.failure));
        idle();
    }

    private boolean isDecidedAgain(Call<C, S> call, Throwable cause) {
        Throwable failure = call.failure;
        if (failure == null) {
            return !call.decided || whenEnded.goesOn(cause);
        }
        boolean wasNotTaken =
                failure instanceof StrandlineException.Sealed || failure instanceof StrandlineException.Fenced;
        // What may have been appended under this claim is known to the next one, by the command's id.
        boolean isKnownNext = cause instanceof StrandlineException.Fenced && setting.isRepeatable(call);
        return whenEnded.goesOn(cause) && (wasNotTaken || isKnownNext);
    }

    private StrandlineException discarded(Call<C, S> call, Throwable cause) {
        String message = aggregate + " " + call.id + " of " + setting.stream()
                + " was decided on a state that is discarded, and nothing was appended: " + cause.getMessage();
        return cause instanceof StrandlineException.Fenced
                ? new StrandlineException.Fenced(message)
                : new StrandlineException.Unavailable(message, cause);
    }

    /** Completes when no call is open. Then its states are discarded, and the claim is let go. */
    Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        whenIdle = () -> {
            if (ended == null) {
                forget(new StrandlineException.Unavailable("the claim of " + setting.stream() + " was let go"));
                settled = true;
            }
            writer.end().onComplete(closed);
        };
        idle();
        return closed.future();
    }
}
