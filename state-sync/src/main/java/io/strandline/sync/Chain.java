package io.strandline.sync;

import io.strandline.sync.spi.Missed;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a relay knows of the revisions of its name, newest last. Immutable, so that synchronizers on other threads read it
 * while the relay goes on.
 *
 * <pre>
 *        durable: the store has them        numbered: decided, not yet answered by the store
 *  base | n | n+1 | n+2 | n+3 | n+4 | n+5 | n+6 | n+7 |
 * </pre>
 *
 * <p>If the base is {@link Position#NONE}, anybody can begin here: the first revision is number 1 or a whole state.
 * Otherwise old revisions make room for new ones, at {@value #MAX_REVISIONS} and {@value #MAX_BYTES} bytes.
 */
final class Chain {

    static final int MAX_REVISIONS = 512;
    static final int MAX_BYTES = 4 << 20;

    static final Chain EMPTY = new Chain(Position.NONE, List.of(), 0);

    private final Position base;
    private final List<Revision> revisions;
    private final int durable;

    private Chain(Position base, List<Revision> revisions, int durable) {
        this.base = base;
        this.revisions = revisions;
        this.durable = durable;
    }

    /** The newest revision that the store has. */
    Position durableEnd() {
        return durable == 0 ? base : revisions.get(durable - 1).position();
    }

    /** The position that the next revision follows. */
    Position end() {
        return revisions.isEmpty() ? base : revisions.get(revisions.size() - 1).position();
    }

    /** Whether anybody can begin here, whatever it knows. */
    boolean isWhole() {
        return base.equals(Position.NONE);
    }

    /** The durable revisions after a position; null if it is not, or no longer, part of this chain. */
    @Nullable
    List<Revision> durableAfter(Position known) {
        int from = indexAfter(known);
        return from < 0 ? null : revisions.subList(Math.min(from, durable), durable);
    }

    /** All revisions after a position, numbered ones too; null if it is not, or no longer, part of this chain. */
    @Nullable
    List<Revision> allAfter(Position known) {
        int from = indexAfter(known);
        return from < 0 ? null : revisions.subList(from, revisions.size());
    }

    /** The durable revisions, for somebody who begins here. */
    List<Revision> allDurable() {
        return revisions.subList(0, durable);
    }

    /** This chain with more numbered revisions. */
    Chain numbered(List<Revision> more) {
        return more.isEmpty() ? this : new Chain(base, joined(revisions, more), durable);
    }

    /** This chain after the store took the first numbered ones. */
    Chain confirmed(int count) {
        return new Chain(base, revisions, durable + count).trimmed();
    }

    /** This chain without its numbered revisions. */
    Chain cut() {
        return new Chain(base, allDurable(), durable);
    }

    /** This chain, without numbered revisions, after what the store told. */
    Chain learned(Missed missed) {
        if (missed.base().equals(durableEnd())) {
            List<Revision> all = joined(allDurable(), missed.revisions());
            return new Chain(base, all, all.size()).trimmed();
        }
        return new Chain(missed.base(), missed.revisions(), missed.revisions().size());
    }

    /** This chain, with the older revisions that were read up to its durable end. */
    Chain reachingBackTo(Missed missed) {
        List<Revision> numbered = revisions.subList(durable, revisions.size());
        return new Chain(
                missed.base(),
                joined(missed.revisions(), numbered),
                missed.revisions().size());
    }

    private Chain trimmed() {
        int drop = 0;
        long bytes = 0;
        for (Revision revision : revisions) {
            bytes += revision.bytes().length;
        }
        while (drop < durable && (revisions.size() - drop > MAX_REVISIONS || bytes > MAX_BYTES)) {
            bytes -= revisions.get(drop).bytes().length;
            drop++;
        }
        return drop == 0
                ? this
                : new Chain(
                        revisions.get(drop - 1).position(),
                        List.copyOf(revisions.subList(drop, revisions.size())),
                        durable - drop);
    }

    private int indexAfter(Position known) {
        if (known.equals(base)) {
            return 0;
        }
        long index =
                revisions.isEmpty() ? -1 : known.revision() - revisions.get(0).number();
        boolean stands = index >= 0
                && index < revisions.size()
                && revisions.get((int) index).position().equals(known);
        return stands ? (int) index + 1 : -1;
    }

    private static List<Revision> joined(List<Revision> some, List<Revision> more) {
        List<Revision> all = new ArrayList<>(some.size() + more.size());
        all.addAll(some);
        all.addAll(more);
        return List.copyOf(all);
    }
}
