package io.strandline.processing.pipeline.impl.state;

import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.impl.state.KeyedState.Cell;
import io.strandline.processing.pipeline.impl.state.KeyedState.Form;
import io.strandline.processing.pipeline.impl.state.SortedRecords.Settled;
import io.strandline.processing.pipeline.impl.state.StateRecords.Bytes;
import io.strandline.processing.pipeline.impl.state.StateStore.RecordOutput;
import io.strandline.processing.pipeline.spi.StateRecord;
import io.strandline.processing.pipeline.spi.StateTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link KeyedState} between two steps: the cells that have changed since the capture before, and the records of all other
 * keys. A worker encodes the cells and writes them, in the order of their hashes. Afterwards their records move into the
 * table on the context of the task.
 */
final class FrozenState<S> {

    /** The place of a change that says nothing: the key came and went. */
    private static final long NOWHERE = -1;

    private static final int CHUNK_BYTES = 64 << 10;

    private final StateRecords records;
    private final Form<S> form;
    private final long start;
    private final List<Cell<S>> cells;
    /** Null if no key is settled, and none has changed. */
    private final @Nullable StateTable table;

    /** Number of pieces without the changes, and with them. */
    private final long settledPieces;

    private long pieces;

    private KeyGroups groups = KeyGroups.ALL;
    /** In their order, once encoded. */
    private List<Change<S>> changes = List.of();
    /** Their records. None lies in two chunks. */
    private final List<byte[]> chunks = new ArrayList<>();

    /** First change of a group that was not written yet. */
    private int next;

    /** The keys that may not have changed, from the first whole group on. */
    private @Nullable SortedRecords settled;

    private boolean written;

    /** A key that has changed. */
    private static final class Change<S> implements Comparable<Change<?>> {

        private final Cell<S> cell;
        private final byte[] key;
        private final long hash;
        /** Number of the chunk and offset in it. */
        private long place = NOWHERE;

        Change(Cell<S> cell) {
            this.cell = cell;
            this.key = StateRecords.bytesOf(cell.key);
            this.hash = KeyHash.of(key, 0, key.length);
        }

        @Override
        public int compareTo(Change<?> other) {
            int byHash = Long.compareUnsigned(hash, other.hash);
            return byHash != 0 ? byHash : Arrays.compareUnsigned(key, other.key);
        }
    }

    FrozenState(
            StateRecords records,
            Form<S> form,
            long start,
            List<Cell<S>> cells,
            @Nullable StateTable table,
            long pieces) {
        this.records = records;
        this.form = form;
        this.start = start;
        this.cells = cells;
        this.table = table;
        this.settledPieces = pieces;
        this.pieces = pieces;
    }

    long start() {
        return start;
    }

    /** Number of changes. */
    int size() {
        return cells.size();
    }

    /** Number of pieces of state, once encoded. */
    long pieces() {
        return pieces;
    }

    /** The changes, those that were moved included. Not to be changed. */
    List<Cell<S>> cells() {
        return cells;
    }

    Cell<S> cell(int index) {
        return cells.get(index);
    }

    // ---- on a worker

    /**
     * Encodes the changes. To be called before anything is written, each time that it is.
     *
     * @param by the groups by which to write
     * @param changedBytes group → bytes of its changes, to add to
     * @throws StrandlineException.Overloaded if the table has no room for them
     */
    void encode(KeyGroups by, long[] changedBytes) {
        groups = by;
        List<Change<S>> all = new ArrayList<>(cells.size());
        cells.forEach(cell -> all.add(new Change<>(cell)));
        all.sort(null);
        chunks.clear();
        next = 0;
        settled = null;
        pieces = settledPieces;
        StateTable into = table;
        if (into == null) {
            changes = List.of();
            return;
        }
        Bytes body = new Bytes(256);
        Bytes payload = new Bytes(256);
        Bytes record = new Bytes(256);
        Consumer<StateEntry> append = piece -> records.appendPiece(piece, start, payload, body);
        Chunks out = new Chunks();
        long shares = 0;
        for (Change<S> change : all) {
            StateRecord before = into.get(change.hash, change.key, 0, change.key.length);
            S state = change.cell.state();
            if (state == null && before == null) {
                continue;
            }
            body.clear();
            if (state != null) {
                form.split(change.cell.key, state, append);
            }
            record.clear();
            StateRecords.appendRecord(change.key, body, record);
            change.place = out.add(record);
            shares += state == null ? 0 : into.share(record.length());
            changedBytes[by.of(change.hash)] += record.length();
            pieces += StateRecords.pieces(body.array(), 0, body.length()) - KeyedState.pieces(before);
        }
        requireRoom(into, shares);
        changes = all;
    }

    /** A state that does not fit into its table must not become durable, because it could not be restored. */
    private void requireRoom(StateTable into, long shares) {
        if (!into.hasRoom(shares)) {
            throw new StrandlineException.Overloaded("the state of operator " + records.operator()
                    + " in one partition has " + into.size() + " keys with " + into.recordBytes() + " bytes, and "
                    + cells.size() + " keys that have changed need more room than its table has: divide it among more"
                    + " partitions");
        }
    }

    /** Fills the chunks. */
    private final class Chunks {

        private byte[] chunk = {};
        private int used;

        long add(Bytes record) {
            if (chunk.length - used < record.length()) {
                chunk = new byte[Math.max(CHUNK_BYTES, record.length())];
                chunks.add(chunk);
                used = 0;
            }
            System.arraycopy(record.array(), 0, chunk, used, record.length());
            long place = ((long) (chunks.size() - 1) << Integer.SIZE) | used;
            used += record.length();
            return place;
        }
    }

    private byte[] chunk(Change<?> change) {
        return chunks.get((int) (change.place >>> Integer.SIZE));
    }

    /**
     * Writes the changes of a group. Groups must be asked for in ascending order, each once.
     *
     * @param isWhole whether to write its other keys too, and no removals
     */
    void write(int group, boolean isWhole, RecordOutput out) throws IOException {
        if (group > groups.last()) {
            return;
        }
        int from = next;
        while (next < changes.size() && groups.of(changes.get(next).hash) == group) {
            next++;
        }
        if (isWhole && table != null && table.size() > 0) {
            writeWhole(table, group, from, out);
            return;
        }
        for (int i = from; i < next; i++) {
            write(changes.get(i), isWhole, out);
        }
    }

    private void write(Change<S> change, boolean isWhole, RecordOutput out) throws IOException {
        if (change.place != NOWHERE && !(isWhole && change.cell.state() == null)) {
            byte[] chunk = chunk(change);
            int from = (int) change.place;
            out.record(chunk, from, RecordTable.length(chunk, from));
        }
    }

    private void writeWhole(StateTable table, int group, int from, RecordOutput out) throws IOException {
        SortedRecords sorted = settled;
        if (sorted == null) {
            sorted = new SortedRecords(table);
            settled = sorted;
        }
        int change = from;
        for (Settled each : sorted.upTo(groups.lowest(group), groups.highest(group))) {
            int order = -1;
            while (change < next && (order = compare(changes.get(change), each)) < 0) {
                write(changes.get(change++), true, out);
            }
            if (change < next && order == 0) {
                write(changes.get(change++), true, out);
                continue;
            }
            StateRecord record = each.record();
            out.record(record.bytes(), record.from(), record.length());
        }
        while (change < next) {
            write(changes.get(change++), true, out);
        }
    }

    private int compare(Change<S> change, Settled settled) {
        int byHash = Long.compareUnsigned(change.hash, settled.hash());
        if (byHash != 0) {
            return byHash;
        }
        StateRecord record = settled.record();
        int from = record.keyFrom();
        return Arrays.compareUnsigned(
                change.key, 0, change.key.length, record.bytes(), from, from + record.keyLength());
    }

    // ---- on the context of the task again

    /** The changes are in a snapshot that is durable. */
    void written() {
        written = true;
    }

    boolean isWritten() {
        return written;
    }

    /** Moves the record of a change into the table, which nobody reads meanwhile. Returns its cell. */
    Cell<S> move(int index, StateTable into) {
        Change<S> change = changes.get(index);
        if (change.place != NOWHERE) {
            into.put(change.hash, new StateRecord(chunk(change), (int) change.place));
        }
        return change.cell;
    }
}
