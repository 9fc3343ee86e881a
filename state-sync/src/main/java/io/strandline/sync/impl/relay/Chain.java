package io.strandline.sync.impl.relay;

import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The revisions of its name that a relay knows, newest last. Immutable, so that synchronizers on other threads can read
 * it while the relay goes on.
 *
 * <pre>
 *        durable: the store has them        numbered: decided, not yet answered by the store
 *  base | n | n+1 | n+2 | n+3 | n+4 | n+5 | n+6 | n+7 |
 * </pre>
 *
 * <p>If the base is {@link Position#NONE}, any synchronizer can begin here: the first revision is number 1 or a whole
 * state. Otherwise old revisions make room for new ones, at {@value #MAX_REVISIONS} revisions and {@value #MAX_BYTES}
 * bytes. The revisions that one read of the store brought stay until then.
 */
final class Chain {

    static final int MAX_REVISIONS = 512;
    static final int MAX_BYTES = 4 << 20;

    static final Chain EMPTY = new Chain(Position.NONE, List.of(), 0, 0);

    private final Position base;
    private final List<Revision> revisions;
    private final int durable;
    private final long bytes;

    /** @param revisions nobody changes them */
    private Chain(Position base, List<Revision> revisions, int durable, long bytes) {
        this.base = base;
        this.revisions = revisions;
        this.durable = durable;
        this.bytes = bytes;
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

    /** The durable revisions after a position. Null if the position is not, or no longer, part of this chain. */
    @Nullable
    List<Revision> durableAfter(Position known) {
        int from = indexAfter(known);
        return from < 0 ? null : revisions.subList(Math.min(from, durable), durable);
    }

    /**
     * All revisions after a position, including numbered ones. Null if the position is not, or no longer, part of this
     * chain.
     */
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
        return more.isEmpty() ? this : joined(base, revisions, durable, bytes, more);
    }

    /** This chain after the store took the first numbered ones. */
    Chain confirmed(int count) {
        return joined(base, revisions, durable + count, bytes, List.of());
    }

    /** This chain without its numbered revisions. */
    Chain cut() {
        return durable == revisions.size()
                ? this
                : new Chain(base, allDurable(), durable, bytes - bytesOf(revisions.subList(durable, revisions.size())));
    }

    /** This chain, without numbered revisions, after what the store told. */
    Chain learned(CatchUp missed) {
        List<Revision> more = missed.revisions();
        if (missed.base().equals(durableEnd())) {
            // What was missed stays whole, whatever its size: nobody has seen it yet.
            Chain known = cut();
            Chain all = joined(base, known.revisions, durable, known.bytes, more);
            return new Chain(all.base, all.revisions, all.revisions.size(), all.bytes);
        }
        return new Chain(missed.base(), more, more.size(), bytesOf(more));
    }

    /** This chain, with the older revisions that were read up to its durable end. */
    Chain reachingBackTo(CatchUp missed) {
        List<Revision> numbered = revisions.subList(durable, revisions.size());
        List<Revision> all = new ArrayList<>(missed.revisions().size() + numbered.size());
        all.addAll(missed.revisions());
        all.addAll(numbered);
        return new Chain(missed.base(), all, missed.revisions().size(), bytesOf(all));
    }

    /**
     * Joins revisions, with one copy of those that are kept. The oldest durable revisions of the previous ones make room.
     */
    private static Chain joined(Position base, List<Revision> revisions, int durable, long bytes, List<Revision> more) {
        long left = bytes;
        int drop = 0;
        while (drop < durable && (revisions.size() - drop > MAX_REVISIONS || left > MAX_BYTES)) {
            left -= revisions.get(drop).bytes().length;
            drop++;
        }
        if (drop == 0 && more.isEmpty()) {
            return new Chain(base, revisions, durable, left);
        }
        List<Revision> all = new ArrayList<>(revisions.size() - drop + more.size());
        all.addAll(revisions.subList(drop, revisions.size()));
        all.addAll(more);
        Position first = drop == 0 ? base : revisions.get(drop - 1).position();
        return new Chain(first, all, durable - drop, left + bytesOf(more));
    }

    private static long bytesOf(List<Revision> revisions) {
        long bytes = 0;
        for (Revision revision : revisions) {
            bytes += revision.bytes().length;
        }
        return bytes;
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
}
