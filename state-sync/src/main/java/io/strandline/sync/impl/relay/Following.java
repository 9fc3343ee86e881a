package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The states of one synchronizer: the newest durable one, and those ahead of it, one for each numbered revision that this
 * synchronizer has folded. Every revision is folded once, from its bytes, including those that this synchronizer made. So
 * it sees exactly the states that others will see.
 *
 * <p>Belongs to the synchronizer's context. Only {@link #durable()} is for all threads.
 */
final class Following<S, U> {

    private final StateFold<S, U> fold;
    private final Moves<S, U> moves;
    private final Deque<Folded<S, U>> ahead = new ArrayDeque<>();
    /** Bytes of all revisions that were folded here and that this member did not make. */
    private long foreignBytes;

    private volatile Folded<S, U> durable;

    /** Called for each step of the durable state. A skipped step shows in the revision's number. */
    interface Moves<S, U> {
        void moved(Position before, Folded<S, U> now);
    }

    Following(StateFold<S, U> fold, Moves<S, U> moves) {
        this.fold = fold;
        this.moves = moves;
        this.durable = fold.initial();
    }

    /** The newest durable state that was folded. */
    Folded<S, U> durable() {
        return durable;
    }

    /** The newest state, numbered revisions included. */
    Folded<S, U> end() {
        Folded<S, U> last = ahead.peekLast();
        return last == null ? durable : last;
    }

    /** Bytes of the revisions of others that were folded so far. Never decreases. */
    long foreignBytes() {
        return foreignBytes;
    }

    private Folded<S, U> folded(Folded<S, U> before, Revision revision) {
        foreignBytes += revision.bytes().length;
        return fold.apply(before, revision);
    }

    /** Adds a state that the member's own turn made. */
    void advance(Folded<S, U> next) {
        ahead.add(next);
    }

    /** Makes states durable, up to a revision that the store has. */
    void confirm(long revision) {
        for (Folded<S, U> next = ahead.peek(); next != null && next.revision() <= revision; next = ahead.peek()) {
            move(ahead.remove());
        }
    }

    /** Forgets states whose revisions will never be. */
    void discard() {
        ahead.clear();
    }

    /**
     * Folds the missing durable revisions.
     *
     * @return false if the chain begins after this state, so that older revisions are needed
     * @throws StrandlineException.Invalid if a revision cannot be read, and no whole state follows. The state stays
     *     before that revision
     */
    boolean follow(Chain chain) {
        confirm(chain.durableEnd().revision());
        if (!ahead.isEmpty()) {
            return true;
        }
        @Nullable List<Revision> missing = chain.durableAfter(durable.position());
        if (missing == null) {
            return chain.isWhole() && beginAnew(chain);
        }
        moveThrough(missing);
        return true;
    }

    /** Folds revisions one after the other. An unreadable revision does no harm if a whole state follows it. */
    private void moveThrough(List<Revision> missing) {
        for (int i = 0; i < missing.size(); i++) {
            try {
                move(folded(durable, missing.get(i)));
            } catch (StrandlineException.Invalid unreadable) {
                int whole = firstWhole(missing, i + 1);
                if (whole < 0) {
                    throw unreadable;
                }
                i = whole - 1;
            }
        }
    }

    private static int firstWhole(List<Revision> revisions, int from) {
        for (int i = from; i < revisions.size(); i++) {
            if (revisions.get(i).isWhole()) {
                return i;
            }
        }
        return -1;
    }

    /**
     * As {@link #follow}, and folds the numbered revisions too, so that {@link #end()} is the chain's end.
     *
     * @throws StrandlineException.Invalid if one cannot be read
     */
    boolean followAll(Chain chain) {
        if (!follow(chain)) {
            return false;
        }
        @Nullable List<Revision> missing = chain.allAfter(end().position());
        if (missing == null) {
            return false;
        }
        for (Revision revision : missing) {
            advance(folded(end(), revision));
        }
        return true;
    }

    private boolean beginAnew(Chain chain) {
        Folded<S, U> state = fold.initial();
        for (Revision revision : chain.allDurable()) {
            state = folded(state, revision);
        }
        durable = state;
        return true;
    }

    private void move(Folded<S, U> next) {
        Position before = durable.position();
        durable = next;
        moves.moved(before, next);
    }
}
