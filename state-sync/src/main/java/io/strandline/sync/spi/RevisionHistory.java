package io.strandline.sync.spi;

import io.strandline.StrandlineException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a store keeps of one name, for stores that keep it as one value. Immutable, without I/O or clock: a step returns
 * the history that follows, so that the same steps give the same history on every replica.
 *
 * <pre>
 *    dropped         kept: consecutive, newest last
 *  · · · · · | base | n | n+1 | n+2 | n+3 |
 *                           ▲ snapshot: the whole state here, so base may move up to here when room is needed
 * </pre>
 *
 * <p>Its size is bounded by the {@link HistoryLimits} of the appends. An append costs a copy of the references kept,
 * however many revisions it has.
 */
public final class RevisionHistory {

    /** A name that nobody wrote. */
    public static final RevisionHistory EMPTY = new RevisionHistory(Position.NONE, List.of(), null, List.of(), 0);

    private final Position base;
    private final List<Revision> kept;
    private final @Nullable Revision snapshot;
    private final List<Position> writers;
    private final long forgotten;
    private final long keptBytes;

    /**
     * Creates a history from its parts, as they were read from another.
     *
     * @param base the position that the first kept revision follows
     * @param kept consecutive revisions, newest last
     * @param snapshot the newest whole state. Null only if nothing was ever dropped
     * @param writers the last append of each writer remembered, newest last
     * @param forgotten the newest revision whose writer is no longer remembered, or 0
     */
    public RevisionHistory(
            Position base, List<Revision> kept, @Nullable Revision snapshot, List<Position> writers, long forgotten) {
        this(base, List.copyOf(kept), snapshot, List.copyOf(writers), forgotten, bytesOf(kept));
    }

    /** Takes lists that nobody changes any more, and what their bytes are known to be. */
    private RevisionHistory(
            Position base,
            List<Revision> kept,
            @Nullable Revision snapshot,
            List<Position> writers,
            long forgotten,
            long keptBytes) {
        this.base = base;
        this.kept = kept;
        this.snapshot = snapshot;
        this.writers = writers;
        this.forgotten = forgotten;
        this.keptBytes = keptBytes;
    }

    /** A step's answer, and the history after it: the same one if nothing has changed. */
    public record Step(RevisionHistory after, AppendAnswer answer) {}

    public Position base() {
        return base;
    }

    public List<Revision> kept() {
        return kept;
    }

    public @Nullable Revision snapshot() {
        return snapshot;
    }

    public List<Position> writers() {
        return writers;
    }

    public long forgotten() {
        return forgotten;
    }

    /** The position of the newest revision. */
    public Position newest() {
        return kept.isEmpty() ? base : kept.get(kept.size() - 1).position();
    }

    /** Bytes in the kept revisions, the snapshot not counted. */
    public long keptBytes() {
        return keptBytes;
    }

    /** Returns what leads from a position to the newest (S5, S6). */
    public CatchUp since(Position known) {
        int next = indexAfter(known);
        if (next >= 0) {
            return new CatchUp(known, kept.subList(next, kept.size()));
        }
        List<Revision> all = new ArrayList<>();
        if (snapshot != null) {
            all.add(snapshot);
        }
        for (Revision revision : kept) {
            if (snapshot == null || revision.number() > snapshot.number()) {
                all.add(revision);
            }
        }
        return new CatchUp(Position.NONE, all);
    }

    /** Compares and appends all or nothing (S1 to S4, S8). */
    public Step append(Position expected, List<Revision> next, HistoryLimits limits) {
        requireAppendable(expected, next, limits);
        AppendId first = next.get(0).position().id();
        AppendId id = next.get(next.size() - 1).position().id();
        @Nullable Position last = lastOf(id.writer());
        if (last != null && last.id().equals(id)) {
            return new Step(this, new AppendAnswer.Appended(last, sinceWhole()));
        }
        if (!expected.equals(newest())) {
            return new Step(
                    this,
                    tellsRepeat(expected, first, last) ? new AppendAnswer.Refused(since(expected), 0) : undecided());
        }
        return appended(next, limits);
    }

    /**
     * Takes over a whole state (S9).
     *
     * @return the history after it: this one if a newer whole state is known, or the same bytes at its position, or the position is
     *     not
     */
    public RevisionHistory compact(Revision whole, HistoryLimits limits) {
        requireSnapshot(whole, limits);
        return isNews(whole) && whole.number() > 0 && indexAfter(whole.position()) >= 0
                ? new RevisionHistory(base, kept, whole, writers, forgotten, keptBytes)
                : this;
    }

    /** Whether a whole state is newer than the one that is known, or is that one in other bytes, as with another key. */
    private boolean isNews(Revision whole) {
        return snapshot == null
                || whole.number() > snapshot.number()
                || (whole.position().equals(snapshot.position()) && !Arrays.equals(whole.bytes(), snapshot.bytes()));
    }

    private Step appended(List<Revision> next, HistoryLimits limits) {
        @Nullable Revision whole = newestWhole(next);
        long covered = whole == null ? 0 : whole.number();
        int dropped = 0;
        int size = kept.size() + next.size();
        long bytes = keptBytes + bytesOf(next);
        Position first = base;
        while (size - dropped > limits.maxUpdatesKept() || bytes > limits.maxBytesKept()) {
            Revision oldest = dropped < kept.size() ? kept.get(dropped) : next.get(dropped - kept.size());
            if (oldest.number() > covered) {
                return new Step(this, full(dropped));
            }
            bytes -= oldest.bytes().length;
            first = oldest.position();
            dropped++;
        }
        List<Revision> after = new ArrayList<>(size - dropped);
        after.addAll(kept.subList(Math.min(dropped, kept.size()), kept.size()));
        after.addAll(next.subList(Math.max(0, dropped - kept.size()), next.size()));
        Position newest = next.get(next.size() - 1).position();

        List<Position> known = new ArrayList<>(writers);
        known.removeIf(position -> position.id().writer().equals(newest.id().writer()));
        known.add(newest);
        long lost = forgotten;
        while (known.size() > limits.maxWritersKept()) {
            lost = known.remove(0).revision();
        }
        RevisionHistory history = new RevisionHistory(
                first, Collections.unmodifiableList(after), whole, Collections.unmodifiableList(known), lost, bytes);
        return new Step(history, new AppendAnswer.Appended(newest, history.sinceWhole()));
    }

    private @Nullable Revision newestWhole(List<Revision> next) {
        for (int i = next.size() - 1; i >= 0; i--) {
            if (next.get(i).isWhole()) {
                return next.get(i);
            }
        }
        return snapshot;
    }

    private AppendAnswer full(int droppable) {
        List<Revision> uncovered = kept.subList(Math.min(droppable, kept.size()), kept.size());
        return new AppendAnswer.Full(uncovered.size(), bytesOf(uncovered));
    }

    /** Whether a repeat of this append would be recognised, so that an unrecognised one is known to be new. */
    private boolean tellsRepeat(Position expected, AppendId id, @Nullable Position last) {
        return last == null ? expected.revision() >= forgotten : last.id().count() < id.count();
    }

    private AppendAnswer undecided() {
        return new AppendAnswer.Undecided(newest());
    }

    private long sinceWhole() {
        return newest().revision() - (snapshot == null ? 0 : snapshot.number());
    }

    private @Nullable Position lastOf(UUID writer) {
        for (Position position : writers) {
            if (position.id().writer().equals(writer)) {
                return position;
            }
        }
        return null;
    }

    /** Index of the revision after a position, or -1 if the position is not, or no longer, part of this history. */
    private int indexAfter(Position known) {
        if (known.equals(base)) {
            return 0;
        }
        long index = known.revision() - base.revision() - 1;
        boolean stands = index >= 0
                && index < kept.size()
                && kept.get((int) index).position().equals(known);
        return stands ? (int) index + 1 : -1;
    }

    /**
     * Checks what can be checked before an append is sent (S7).
     *
     * @throws StrandlineException.Invalid if there is no revision, one does not follow the one before it in number, writer
     *     and count, or one is too large
     */
    public static void requireAppendable(Position expected, List<Revision> next, HistoryLimits limits) {
        if (next.isEmpty()) {
            throw new StrandlineException.Invalid("an append after " + expected + " holds no revision");
        }
        AppendId first = next.get(0).position().id();
        for (int i = 0; i < next.size(); i++) {
            Revision revision = next.get(i);
            requireFits("revision " + revision.number(), revision.bytes().length, limits);
            Position follows =
                    new Position(expected.revision() + 1 + i, new AppendId(first.writer(), first.count() + i));
            if (!revision.position().equals(follows)) {
                throw new StrandlineException.Invalid(
                        revision.position() + " cannot stand at place " + i + " of an append after revision "
                                + expected.revision() + " by " + first + ", only " + follows + " can");
            }
        }
    }

    /**
     * Checks what can be checked before a snapshot is sent (S7).
     *
     * @throws StrandlineException.Invalid if it is no whole state, or too large
     */
    public static void requireSnapshot(Revision whole, HistoryLimits limits) {
        requireFits("snapshot at revision " + whole.number(), whole.bytes().length, limits);
        if (!whole.isWhole()) {
            throw new StrandlineException.Invalid("a snapshot must be a whole state, and " + whole + " is not");
        }
    }

    private static void requireFits(String what, int bytes, HistoryLimits limits) {
        if (bytes > limits.maxValueBytes()) {
            throw new StrandlineException.Invalid(
                    what + " has " + bytes + " bytes, the limit is " + limits.maxValueBytes());
        }
    }

    private static long bytesOf(List<Revision> revisions) {
        long bytes = 0;
        for (Revision revision : revisions) {
            bytes += revision.bytes().length;
        }
        return bytes;
    }
}
