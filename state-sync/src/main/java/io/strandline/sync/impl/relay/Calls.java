package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one synchronizer: waiting → decided in a turn → answered when their batch is settled. Those whose batch is
 * discarded wait again, in front of the others. Belongs to the synchronizer's context.
 */
final class Calls<S, U> {

    /** Calls that are decided in one turn, so that a member with many does not hold up the others. */
    static final int MAX_CALLS_A_TURN = 256;

    private final StreamName name;
    private final SynchronizerOptions options;
    private final StateFold<S, U> fold;
    private final StateRoom<S, U> room;
    private final Following<S, U> states;
    private final Deque<Call<S, U>> waiting = new ArrayDeque<>();
    private final Deque<Outcome<S, U>> decided = new ArrayDeque<>();
    /** To wait again, once all settlements in hand are read. */
    private final List<Call<S, U>> again = new ArrayList<>();
    /** To be answered when the state has caught up with what the settlements in hand led to. */
    private final Deque<Late<S, U>> late = new ArrayDeque<>();

    private boolean closed;

    private record Late<S, U>(Call<S, U> call, int lost) {}

    Calls(StreamName name, SynchronizerOptions options, StateFold<S, U> fold, Following<S, U> states) {
        this.name = name;
        this.options = options;
        this.fold = fold;
        this.room = new StateRoom<>(name, fold);
        this.states = states;
    }

    void add(Call<S, U> call) {
        if (closed) {
            call.fail(new StrandlineException.Unavailable("synchronizer of " + name + " is closed"));
        } else {
            waiting.add(call);
        }
    }

    boolean wantTurn() {
        return !waiting.isEmpty();
    }

    boolean areAllAnswered() {
        return waiting.isEmpty() && decided.isEmpty() && late.isEmpty();
    }

    /** Refuses what waits, and what would wait again. */
    void close() {
        closed = true;
        for (Call<S, U> call = waiting.poll(); call != null; call = waiting.poll()) {
            call.fail(new StrandlineException.Unavailable(
                    "synchronizer of " + name + " was closed, nothing was appended"));
        }
    }

    /** Fails what waits for a turn or for the state to catch up. */
    void failWaiting(StrandlineException failure) {
        for (Call<S, U> call = waiting.poll(); call != null; call = waiting.poll()) {
            call.fail(failure);
        }
        for (Late<S, U> each = late.poll(); each != null; each = late.poll()) {
            each.call().fail(failure);
        }
    }

    // A turn

    /** Decides waiting calls, each on the state after the previous one, as far as the turn has room. */
    TurnResult decide(Turn turn) {
        List<Revision> made = new ArrayList<>();
        int bytes = 0;
        boolean confirms = false;
        for (int calls = 0; calls < MAX_CALLS_A_TURN && made.size() < turn.maxRevisions(); calls++) {
            Call<S, U> call = waiting.peek();
            if (call == null) {
                break;
            }
            Outcome<S, U> outcome = outcomeOf(call, turn, made.size());
            if (outcome.decision() instanceof Decision.Append append) {
                if (append.size() > turn.maxBytes() - bytes) {
                    return new TurnResult(made, confirms, true, true);
                }
                bytes += append.size();
                made.add(append.at(outcome.seen().position()));
                states.advance(outcome.seen());
                room.take(Objects.requireNonNull(outcome.fit()), states.foreignBytes());
            }
            confirms |= outcome.decision().confirms();
            waiting.remove();
            decided.add(outcome);
        }
        return new TurnResult(made, confirms, false, !waiting.isEmpty());
    }

    /** Fails all waiting calls with their batch, because the state that they would see cannot be read. */
    TurnResult refuse(Turn turn, StrandlineException unreadable) {
        for (Call<S, U> call = waiting.poll(); call != null; call = waiting.poll()) {
            decided.add(new Outcome<>(call, turn.batch(), new Decision.Refuse(unreadable, false), states.end(), null));
        }
        return TurnResult.NOTHING;
    }

    private Outcome<S, U> outcomeOf(Call<S, U> call, Turn turn, int made) {
        Folded<S, U> seen = states.end();
        try {
            requireYoung(call);
            Decision decision = call.decide(seen);
            if (decision instanceof Decision.Append append) {
                Position next = seen.position().next(turn.id(made));
                Folded<S, U> after = fold.apply(seen, append.at(next));
                StateRoom.Fit fit = room.fit(seen, after, append, states.foreignBytes());
                return new Outcome<>(
                        call,
                        turn.batch(),
                        fit.append(),
                        fit.append() == append
                                ? after
                                : fold.apply(seen, fit.append().at(next)),
                        fit);
            }
            return new Outcome<>(call, turn.batch(), decision, seen, null);
        } catch (StrandlineException failure) {
            return new Outcome<>(call, turn.batch(), new Decision.Refuse(failure, false), seen, null);
        }
    }

    private void requireYoung(Call<S, U> call) {
        long millis = call.ageMillis();
        if (millis <= options.getCallTimeoutMillis()) {
            return;
        }
        String waited = "call of " + name + " was not appended in " + millis + " ms, the limit is "
                + options.getCallTimeoutMillis();
        if (call.lost() > 0) {
            throw new StrandlineException.Conflict(waited + "; others were faster " + call.lost() + " times");
        }
        throw new StrandlineException.Unavailable(waited);
    }

    // What became of a turn

    void settle(Settlement settlement) {
        if (!(settlement instanceof Settlement.Confirmed)) {
            room.forget();
        }
        for (Outcome<S, U> outcome = decided.peek();
                outcome != null && outcome.batch() == settlement.batch();
                outcome = decided.peek()) {
            decided.remove();
            if (settlement instanceof Settlement.Confirmed) {
                outcome.stands();
            } else if (settlement instanceof Settlement.Failed failed) {
                failed(outcome, failed);
            } else {
                discarded(outcome.call(), (Settlement.Discarded) settlement);
            }
        }
    }

    private void failed(Outcome<S, U> outcome, Settlement.Failed failed) {
        boolean itsOwn =
                failed.appended() ? outcome.appends() : outcome.decision().confirms();
        if (itsOwn) {
            outcome.call().fail(failed.failure());
        } else {
            again.add(outcome.call());
        }
    }

    private void discarded(Call<S, U> call, Settlement.Discarded discarded) {
        if (call.kind() == Call.Kind.LOOK && discarded.fresh()) {
            late.add(new Late<>(call, 0));
            return;
        }
        if (discarded.conflict()) {
            call.lose();
            if (call.kind() == Call.Kind.DECIDED && call.lost() >= options.getMaxAttempts()) {
                late.add(new Late<>(call, call.lost()));
                return;
            }
        }
        again.add(call);
    }

    /** Called when all settlements in hand were read: what has to be decided again waits in front, in its old order. */
    void requeue() {
        for (int i = again.size() - 1; i >= 0; i--) {
            waiting.addFirst(again.get(i));
        }
        again.clear();
        if (closed) {
            close();
        }
    }

    /** Answers the calls that waited for the state to catch up. */
    void answerLate(@Nullable StrandlineException unreadable) {
        for (Late<S, U> each = late.poll(); each != null; each = late.poll()) {
            if (each.lost() > 0) {
                each.call()
                        .fail(new StrandlineException.Conflict("update of " + name + " came after others in "
                                + each.lost() + " attempts, the limit is " + options.getMaxAttempts()
                                + "; the state is at revision "
                                + states.durable().revision()));
            } else if (unreadable != null) {
                each.call().fail(unreadable);
            } else {
                each.call().succeed(states.durable().revisioned());
            }
        }
    }
}
