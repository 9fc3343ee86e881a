package io.strandline.testkit.linearizability;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a history of one register is linearizable: whether there is an order of its calls, each taking effect
 * at one moment between its beginning and its end, in which each answer is the right one.
 *
 * <p>It builds that order as Wing and Gong do, call by call. The next call may be any that began before the first end of
 * those not yet placed. In general, that is a search with exponentially many branches. A register with revisions leaves
 * no choice, so this checker never backtracks, and its verdict is exact:
 *
 * <ol>
 * <li>A read or a refusal that can be next goes next. It changes nothing, so in any order that places it later it may
 * also be placed here.
 * <li>If there is none, a write is next in every order, and it makes the next revision. If there is an answered write of
 * that revision, it is the next call.
 * <li>If none was answered there, a write of unknown outcome took effect. If a call saw its value, that identifies the
 * write. If no call did, a compare-and-set at this revision is taken first, because it fits nowhere else. Other
 * candidates can be exchanged for each other, because none of them has an end.
 * </ol>
 *
 * <p>Sources: J. Wing, C. Gong, <i>Testing and verifying concurrent objects</i>, 1993, and G. Lowe, <i>Testing for
 * linearizability</i>, 2017. Histories of several registers are checked one register at a time, because linearizability
 * is local (M. Herlihy, J. Wing, 1990).
 */
public final class LinearizabilityChecker {

    private final List<RegisterCall> calls;
    private final Set<Long> answeredWrites = new HashSet<>();
    private final Map<Long, String> valuesSeen = new HashMap<>();
    private final Set<String> allValuesSeen = new HashSet<>();

    private final BitSet placed = new BitSet();
    private final List<RegisterCall> order = new ArrayList<>();
    private long revision;
    private @Nullable String value;
    private int answersToCome;

    private LinearizabilityChecker(List<RegisterCall> history, @Nullable String initial) {
        this.calls = history.stream()
                .sorted(Comparator.comparingLong(RegisterCall::invokedNanos))
                .toList();
        this.value = initial;
        calls.forEach(this::note);
    }

    /**
     * Checks a history.
     *
     * @param initial the register's value at revision 0
     */
    public static Verdict check(List<RegisterCall> history, @Nullable String initial) {
        return new LinearizabilityChecker(history, initial).order();
    }

    private void note(RegisterCall call) {
        if (call.outcome() != RegisterCall.Outcome.UNKNOWN) {
            answersToCome++;
        }
        if (call.outcome() != RegisterCall.Outcome.OK) {
            return;
        }
        if (call.kind() == RegisterCall.Kind.READ) {
            see(call.revision(), call.read());
        } else {
            answeredWrites.add(call.revision());
            see(call.revision() - 1, call.seen());
        }
    }

    private void see(long at, @Nullable String seen) {
        if (seen != null) {
            valuesSeen.put(at, seen);
            allValuesSeen.add(seen);
        }
    }

    private Verdict order() {
        while (answersToCome > 0) {
            List<RegisterCall> candidates = new ArrayList<>();
            int next = next(candidates);
            if (next < 0) {
                return new Verdict.Violated(order, revision, candidates);
            }
            place(next);
        }
        return new Verdict.Linearizable(order);
    }

    /** Finds the next call, or -1. Collects the calls that could be next by their times. */
    private int next(List<RegisterCall> candidates) {
        long firstEnd = Long.MAX_VALUE;
        for (int i = placed.nextClearBit(0); i < calls.size(); i = placed.nextClearBit(i + 1)) {
            if (calls.get(i).invokedNanos() > firstEnd) {
                break; // and so do all later ones
            }
            firstEnd = Math.min(firstEnd, calls.get(i).returnedNanos());
        }
        int write = -1;
        for (int i = placed.nextClearBit(0); i < calls.size(); i = placed.nextClearBit(i + 1)) {
            RegisterCall call = calls.get(i);
            if (call.invokedNanos() > firstEnd) {
                break;
            }
            candidates.add(call);
            if (isRightWithoutChange(call)) {
                return i;
            }
            if (isRightAsNextWrite(call) && (write < 0 || call.kind() == RegisterCall.Kind.COMPARE_AND_SET)) {
                write = i;
            }
        }
        return write;
    }

    private boolean isRightWithoutChange(RegisterCall call) {
        return switch (call.outcome()) {
            case OK ->
                call.kind() == RegisterCall.Kind.READ
                        && call.revision() == revision
                        && Objects.equals(call.read(), value);
            case REFUSED -> call.expected() != revision;
            case UNKNOWN -> false;
        };
    }

    private boolean isRightAsNextWrite(RegisterCall call) {
        boolean fits = call.written() != null
                && (call.kind() != RegisterCall.Kind.COMPARE_AND_SET || call.expected() == revision);
        return fits
                && switch (call.outcome()) {
                    case OK ->
                        call.revision() == revision + 1
                                && (call.seen() == null || call.seen().equals(value));
                    case REFUSED -> false;
                    case UNKNOWN -> mayHaveBeenNext(call);
                };
    }

    private boolean mayHaveBeenNext(RegisterCall unknown) {
        String seen = valuesSeen.get(revision + 1);
        return !answeredWrites.contains(revision + 1)
                && (seen == null ? !allValuesSeen.contains(unknown.written()) : seen.equals(unknown.written()));
    }

    private void place(int index) {
        RegisterCall call = calls.get(index);
        placed.set(index);
        order.add(call);
        if (call.outcome() != RegisterCall.Outcome.UNKNOWN) {
            answersToCome--;
        }
        if (call.written() != null && call.outcome() != RegisterCall.Outcome.REFUSED) {
            revision++;
            value = call.written();
        }
    }
}
