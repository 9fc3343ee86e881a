package io.strandline.sync.log;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The history of a name as read from its stream, up to some offset. Does no I/O.
 *
 * <pre>
 *  removed     kept in the stream
 *  · · · · | 5 | 6 | S at 5 | 7 | 8 | 9 | S at 9 | 10 |
 *          ▲ cut of the first snapshot            ▲ next: cut of the second one once it is the last but one
 * </pre>
 *
 * <p>The <i>cut</i> of a snapshot is the offset from which the stream holds everything. It is the snapshot's own offset,
 * or the offset of the first revision after the snapshot's position if that revision came before the snapshot. A stream
 * that was cut begins with revisions whose base is not known. They wait for the snapshot, which brings the base, the
 * state, and the memory of writers.
 *
 * <p>A store adds its own appends as it decided them, without reading them. So {@link #read} skips events that are known.
 */
final class LoggedHistory {

    /** For events that were decided by a store with larger limits. An event in the log is always accepted. */
    private static final HistoryLimits LARGEST = new HistoryLimits(16 << 20, 100_000, 256 << 20, 10_000);

    private static final long NO_CUT = -1;

    private final StreamName name;
    private final HistoryLimits limits;

    private RevisionHistory history = RevisionHistory.EMPTY;
    /** Where the kept revisions of the history, or else the baseless ones, stand, the newest last. */
    private List<Long> offsets = new ArrayList<>();
    /** Revisions at the beginning of a cut stream, until a snapshot brings their base. */
    private final List<Revision> baseless = new ArrayList<>();
    /** The first revisions of an append whose last one was not read yet. */
    private final List<Revision> arriving = new ArrayList<>();

    private int left;
    private long next;
    private long cut = NO_CUT;
    private long cutBefore = NO_CUT;
    private long snapshotRevision;
    private long eventsSinceSnapshot;

    /** Begins at an offset of the stream: its first one. */
    LoggedHistory(StreamName name, HistoryLimits limits, long firstOffset) {
        this.name = name;
        this.limits = limits;
        this.next = firstOffset;
    }

    /** The offset of the first event that is not in the history. */
    long next() {
        return next;
    }

    RevisionHistory history() {
        return history;
    }

    /** The offset before which nothing is needed: a cut that leaves two snapshots. Negative if there are none. */
    long removableBefore() {
        return cutBefore;
    }

    /**
     * A whole state that should be written to the stream as a snapshot, because the stream has grown by as many events as
     * are kept. Null if the stream has it already, or if there is none.
     */
    @Nullable
    Revision snapshotDue() {
        Revision whole = history.snapshot();
        boolean due =
                whole != null && whole.number() > snapshotRevision && eventsSinceSnapshot >= limits.maxUpdatesKept();
        return due ? whole : null;
    }

    // ---- own events, as decided

    /** Adds an append that is at {@link #next()}. */
    void appended(int revisions, RevisionHistory after) {
        long first = next;
        next += revisions;
        place(first, revisions, after);
    }

    /** Adds a snapshot that is at {@link #next()}. */
    void snapshotted(Revision whole, RevisionHistory after) {
        history = after;
        passSnapshot(next++, whole.position());
    }

    // ---- events of the stream

    /**
     * Reads one event, unless it is known.
     *
     * @throws StrandlineException.Conflict if it is none of a store, so the stream is somebody else's too
     * @throws StrandlineException.Corrupt if it is not one that a store has appended there
     */
    void read(long offset, Buffer event) {
        if (offset < next) {
            return;
        }
        RevisionEvent read = revisionEvent(offset, event);
        try {
            if (offset > next) {
                throw new IllegalArgumentException("it follows offset " + (next - 1));
            }
            if (read instanceof RevisionEvent.Appended appended) {
                readRevision(offset, appended);
            } else {
                readSnapshot(offset, (RevisionEvent.Snapshot) read);
            }
            next = offset + 1;
        } catch (IllegalArgumentException | StrandlineException.Invalid e) {
            throw new StrandlineException.Corrupt(
                    "event at offset " + offset + " of " + name + " is not the next one of a synchronizer: "
                            + e.getMessage(),
                    e);
        }
    }

    private RevisionEvent revisionEvent(long offset, Buffer event) {
        try {
            return RevisionEvent.read(event);
        } catch (IllegalArgumentException | StrandlineException.Invalid e) {
            throw new StrandlineException.Conflict(
                    "stream " + name + " is not a synchronizer's alone: the event at offset " + offset
                            + " is none of a synchronizer: " + e.getMessage());
        }
    }

    /** Checks that a stream which was read to its end has told the whole state. */
    void requireBase() {
        if (!baseless.isEmpty()) {
            throw new StrandlineException.Corrupt(name + " begins with revision "
                    + baseless.get(0).number() + " at offset " + offsets.get(0)
                    + ", and holds no snapshot of what led there up to offset " + next);
        }
    }

    private void readRevision(long offset, RevisionEvent.Appended event) {
        Revision revision = event.revision();
        if (history.newest().revision() == 0 && arriving.isEmpty() && (!baseless.isEmpty() || revision.number() > 1)) {
            require(baseless.size() < LARGEST.maxUpdatesKept(), "no snapshot in " + baseless.size() + " revisions");
            baseless.add(revision);
            offsets.add(offset);
            return;
        }
        require(
                arriving.isEmpty() ? event.left() < LARGEST.maxUpdatesKept() : event.left() == left - 1,
                "it says that " + event.left() + " revisions are left of its append, the one before it said " + left);
        arriving.add(revision);
        left = event.left();
        if (left == 0) {
            int revisions = arriving.size();
            RevisionHistory after = afterAppend(List.copyOf(arriving));
            arriving.clear();
            place(offset - revisions + 1, revisions, after);
        }
    }

    private RevisionHistory afterAppend(List<Revision> revisions) {
        Position newest = history.newest();
        RevisionHistory.Step step = fits(revisions)
                ? history.append(newest, revisions, limits)
                : history.append(newest, revisions, LARGEST);
        if (step.answer() instanceof AppendAnswer.Full) {
            step = history.append(newest, revisions, LARGEST);
        }
        require(step.after() != history, "revision " + revisions.get(0).position() + " does not follow " + newest);
        return step.after();
    }

    private boolean fits(List<Revision> revisions) {
        return revisions.stream().allMatch(revision -> revision.bytes().length <= limits.maxValueBytes());
    }

    private void readSnapshot(long offset, RevisionEvent.Snapshot event) {
        Revision whole = event.whole();
        require(arriving.isEmpty(), "a snapshot stands within an append");
        if (history.newest().revision() > 0) {
            history = history.compact(whole, whole.bytes().length <= limits.maxValueBytes() ? limits : LARGEST);
        } else if (baseless.isEmpty() || baseless.get(0).number() <= whole.number() + 1) {
            beginWith(event);
        } else {
            // A late snapshot for an older position. The cut was made for the next one.
            return;
        }
        passSnapshot(offset, whole.position());
    }

    private void beginWith(RevisionEvent.Snapshot event) {
        Revision whole = event.whole();
        int covered = baseless.isEmpty()
                ? 0
                : (int) Math.min(
                        baseless.size(), whole.number() + 1 - baseless.get(0).number());
        for (int i = 0; i < baseless.size(); i++) {
            long due = baseless.get(0).number() + i;
            require(
                    baseless.get(i).number() == due,
                    "before it " + baseless.get(i) + " stands where " + due + " is due");
        }
        List<Revision> kept = baseless.subList(covered, baseless.size());
        history = new RevisionHistory(whole.position(), kept, whole, event.writers(), event.forgotten());
        offsets = new ArrayList<>(offsets.subList(covered, offsets.size()));
        baseless.clear();
    }

    // ---- places

    private void place(long first, int revisions, RevisionHistory after) {
        eventsSinceSnapshot += revisions;
        for (int i = 0; i < revisions; i++) {
            offsets.add(first + i);
        }
        int dropped = offsets.size() - after.kept().size();
        if (dropped > 0) {
            offsets = new ArrayList<>(offsets.subList(dropped, offsets.size()));
        }
        history = after;
    }

    private void passSnapshot(long offset, Position at) {
        long behind = at.revision() - history.base().revision();
        if (behind >= 0 && behind <= offsets.size()) {
            cutBefore = cut;
            cut = behind == offsets.size() ? offset : offsets.get((int) behind);
        }
        snapshotRevision = Math.max(snapshotRevision, at.revision());
        eventsSinceSnapshot = 0;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
