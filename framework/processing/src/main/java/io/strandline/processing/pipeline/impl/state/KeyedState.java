package io.strandline.processing.pipeline.impl.state;

import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.spi.StateRecord;
import io.strandline.processing.pipeline.spi.StateTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Key → state of one operator of one task, or of one window of it. Keys that have changed since the last capture are objects,
 * in cells. All others are records of a {@link StateTable}. So a capture takes no time, however many keys there are: it is the list of the
 * cells that have changed.
 *
 * <pre>
 *   settled      ──capture──▶   captured            ──release──▶   settling             ──settle──▶ settled
 *   changes make                their cells are                    the records of the
 *   cells                       frozen and written,                frozen cells move into
 *                               changes make others                the table by slices
 * </pre>
 *
 * <p>If what was captured was not written, its cells count as changed again instead.
 *
 * <p>Owned by the task's context. Only what was captured may be read elsewhere, until it is released.
 */
public final class KeyedState<S> {

    /** Estimate of the bytes of a cell besides those of the state itself: cell, key, and their places in map and list. */
    static final int CELL_BYTES = 160;

    /** The generation of cells that are no change: the table has the same. */
    private static final int UNCHANGED = -1;

    /** The generation of cells that are no change and are not kept. */
    private static final int LOOSE = -2;

    /** Kept cells are let go of if they are at least this part of all. */
    private static final int LEAST_SHARE = 8;

    /** Captures after which kept cells are let go of if there is a place for no other. Those that are used are soon kept again. */
    private static final int KEPT_CAPTURES = 16;

    /** Cells above which an emptied map is replaced, because it would keep its size. */
    private static final int LARGE_MAP = 1 << 16;

    private final StateStore store;
    private final Form<S> form;
    /** Where the pieces are: {@link StateEntry#at} of most of them. */
    private final long start;

    /** Changed keys, and some of the others, which are kept as they are read or written often. */
    private Map<String, Cell<S>> cells = new HashMap<>();

    /** Opened with the first key that is to be put into it. Null before, and when it is closed. */
    private @Nullable StateTable table;

    private boolean isClosed;

    private List<Cell<S>> changed = new ArrayList<>();
    /** Of the changes since the last capture. */
    private int generation;

    private @Nullable FrozenState<S> frozen;
    private boolean captured;
    /** Number of frozen cells that were moved. */
    private int moved;

    /** Estimate of the bytes of a cell, by the records that there are. */
    private int cellBytes = CELL_BYTES;
    /** Number of unchanged cells, and the most cells that there were since the map is this one. */
    private int kept;

    /** The generation in which none was kept. */
    private int keptSince;

    private int mostCells;
    /** Number of pieces in the table. */
    private long pieces;

    /** What was read or written last, because a step reads a key and then writes it. */
    private @Nullable String lastKey;

    private @Nullable Cell<S> last;

    /** Scans in progress. A capture adds the next list of changes to each. */
    private final List<StateScan<S>> scans = new ArrayList<>(0);

    /** How the states of a store are pieces of state. */
    interface Form<S> {

        /** Hands over the pieces of a key, in a fixed order. */
        void split(String key, S state, Consumer<StateEntry> each);

        /** Puts pieces of a key together. */
        S join(List<StateEntry> pieces);
    }

    /** The state of a key that has changed, or is kept as an object. Frozen once it was captured. */
    static final class Cell<S> {

        final String key;
        private @Nullable S state;
        private int generation;

        Cell(String key, @Nullable S state, int generation) {
            this.key = key;
            this.state = state;
            this.generation = generation;
        }

        /** Null for a forgotten key. */
        @Nullable
        S state() {
            return state;
        }
    }

    KeyedState(StateStore store, Form<S> form, long start) {
        this.store = store;
        this.form = form;
        this.start = start;
    }

    long start() {
        return start;
    }

    // ---- keys

    @Nullable
    public S get(String key) {
        Cell<S> cell = cell(key);
        return cell == null ? null : cell.state;
    }

    @SuppressWarnings("ReferenceEquality") // a shortcut for the same object
    private @Nullable Cell<S> cell(String key) {
        if (key == lastKey) {
            return last;
        }
        Cell<S> cell = cells.get(key);
        if (cell == null) {
            cell = read(key);
        }
        lastKey = key;
        last = cell;
        return cell;
    }

    private @Nullable Cell<S> read(String key) {
        StateRecord record = settled(key);
        if (record == null) {
            return null;
        }
        Cell<S> cell = new Cell<>(key, decode(key, record), LOOSE);
        if (store.mayKeep()) {
            cell.generation = UNCHANGED;
            keep();
            addCell(cell);
        }
        return cell;
    }

    /**
     * The state of a key for a question from outside. It is not kept as an object, so that questions do not push out what steps use.
     *
     * @param decoded takes the bytes of the record that was decoded, if one was
     */
    @Nullable
    S peek(String key, IntConsumer decoded) {
        Cell<S> cell = cells.get(key);
        if (cell != null) {
            return cell.state;
        }
        StateRecord record = settled(key);
        if (record == null) {
            return null;
        }
        decoded.accept(record.length());
        return decode(key, record);
    }

    /** The record of a key, or null if it has none. */
    private @Nullable StateRecord settled(String key) {
        StateTable from = table;
        if (from == null) {
            requireOpen();
            return null;
        }
        try {
            if (from.size() == 0) {
                return null;
            }
            byte[] bytes = StateRecords.bytesOf(key);
            return from.get(KeyHash.of(bytes, 0, bytes.length), bytes, 0, bytes.length);
        } catch (RuntimeException e) {
            throw store.unreadable(e);
        }
    }

    private void requireOpen() {
        if (isClosed) {
            throw new StrandlineException.Unavailable(
                    "the state of operator " + store.id() + " cannot be read: its task is over");
        }
    }

    private S decode(String key, StateRecord record) {
        byte[] page = record.bytes();
        int from = piecesFrom(page, record.from());
        int length = StateRecords.number(page, from);
        int begin = from + StateRecords.size(length);
        List<StateEntry> found = new ArrayList<>(1);
        store.records().forEachPiece(key, start, page, begin, begin + length, found::add);
        return form.join(found);
    }

    private static int piecesFrom(byte[] bytes, int record) {
        int key = StateRecords.number(bytes, record);
        return record + StateRecords.size(key) + key - 1;
    }

    /** Sets the state of a key, or forgets the key if the state is null. */
    void put(String key, @Nullable S state) {
        Cell<S> before = cell(key);
        if (before != null && before.generation == generation) {
            before.state = state;
            return;
        }
        Cell<S> cell = changing(key, before);
        cell.state = state;
        cell.generation = generation;
        changed.add(cell);
        store.changes(1);
        lastKey = key;
        last = cell;
    }

    /** A cell that nobody else has: a cell that is no change becomes one, and one that is captured is replaced. */
    private Cell<S> changing(String key, @Nullable Cell<S> before) {
        if (before != null && before.generation == UNCHANGED) {
            kept--;
            store.keeps(-1);
            return before;
        }
        Cell<S> cell = before != null && before.generation == LOOSE
                ? before
                : new Cell<>(before == null ? key : before.key, null, generation);
        addCell(cell);
        return cell;
    }

    private void addCell(Cell<S> cell) {
        if (cells.put(cell.key, cell) == null) {
            store.grow(cellBytes);
            mostCells = Math.max(mostCells, cells.size());
        }
    }

    private void keep() {
        kept++;
        store.keeps(1);
    }

    /** Hands over the state of each key, in no order. */
    void forEach(BiConsumer<String, S> each) {
        forEachRecord((key, record) -> each.accept(key, decode(key, record)));
        cells.forEach((key, cell) -> {
            if (cell.state != null) {
                each.accept(key, cell.state);
            }
        });
    }

    /** Hands over the pieces of all keys, in no order. */
    void forEachPiece(Consumer<StateEntry> each) {
        forEach((key, state) -> form.split(key, state, each));
    }

    /** Hands over the records of the keys that have no cell. */
    private void forEachRecord(BiConsumer<String, StateRecord> each) {
        forEachSettled(record -> {
            String key = StateRecords.keyOf(record.bytes(), record.from());
            if (cells.isEmpty() || !cells.containsKey(key)) {
                each.accept(key, record);
            }
        });
    }

    private void forEachSettled(Consumer<StateRecord> each) {
        StateTable from = table;
        if (from == null) {
            requireOpen();
            return;
        }
        long next = 0;
        do {
            next = from.slice(next, each);
        } while (next != 0);
    }

    /**
     * Hands over some keys, in no order, and decodes no state.
     *
     * @param ofState which keys, by their state
     * @param ofTimes which keys, by the number of times of their first piece
     */
    void forEachKey(Predicate<S> ofState, IntPredicate ofTimes, Consumer<String> each) {
        forEachRecord((key, record) -> {
            byte[] page = record.bytes();
            int from = piecesFrom(page, record.from());
            int times = StateRecords.timesOf(page, from + StateRecords.size(StateRecords.number(page, from)));
            if (ofTimes.test(times)) {
                each.accept(key);
            }
        });
        cells.forEach((key, cell) -> {
            if (cell.state != null && ofState.test(cell.state)) {
                each.accept(key);
            }
        });
    }

    // ---- scans

    /** Begins a scan. It must be ended. */
    StateScan<S> scan(@Nullable String from, @Nullable String to, int limit) {
        StateScan<S> scan = new StateScan<>(this, from, to, limit);
        if (frozen != null) {
            scan.add(frozen.cells());
        }
        scan.add(changed);
        scans.add(scan);
        return scan;
    }

    void end(StateScan<S> scan) {
        scans.remove(scan);
    }

    /** Hands over the keys of a slice of the table, see {@link StateTable#slice}. */
    long forEachKeyInSlice(long hash, Consumer<String> each) {
        StateTable from = table;
        if (from == null) {
            requireOpen();
            return 0;
        }
        return from.slice(hash, record -> each.accept(StateRecords.keyOf(record.bytes(), record.from())));
    }

    // ---- restore

    /** The table, which is opened if it is not. */
    private StateTable opened() {
        StateTable known = table;
        if (known != null) {
            return known;
        }
        requireOpen();
        StateTable opened = store.openTable();
        store.grow(opened.bytes());
        table = opened;
        return opened;
    }

    private void put(StateTable into, long hash, StateRecord record) {
        long before = into.bytes();
        into.put(hash, record);
        store.grow(into.bytes() - before);
    }

    /** Applies a record of a snapshot: puts it, or removes that of its key. */
    void apply(byte[] record, int from, long hash) {
        StateTable into = opened();
        int piecesFrom = piecesFrom(record, from);
        int length = StateRecords.number(record, piecesFrom);
        int begin = piecesFrom + StateRecords.size(length);
        int key = StateRecords.number(record, from);
        pieces += StateRecords.pieces(record, begin, begin + length)
                - pieces(into.get(hash, record, from + StateRecords.size(key), key - 1));
        put(into, hash, new StateRecord(record, from));
        lastKey = null;
    }

    /** Number of pieces of a record, 0 if there is none. */
    static int pieces(@Nullable StateRecord record) {
        if (record == null) {
            return 0;
        }
        byte[] page = record.bytes();
        int from = piecesFrom(page, record.from());
        int length = StateRecords.number(page, from);
        int begin = from + StateRecords.size(length);
        return StateRecords.pieces(page, begin, begin + length);
    }

    /** Adds a piece to the record of a key. False if there is one in its place. */
    boolean add(String of, StateEntry piece) {
        byte[] key = StateRecords.bytesOf(of);
        long hash = KeyHash.of(key, 0, key.length);
        StateTable into = opened();
        StateRecord before = into.get(hash, key, 0, key.length);
        StateRecords.Bytes body = new StateRecords.Bytes(64);
        if (before != null) {
            byte[] page = before.bytes();
            int from = piecesFrom(page, before.from());
            int length = StateRecords.number(page, from);
            int begin = from + StateRecords.size(length);
            if (StateRecords.hasPlace(page, begin, begin + length, piece.at() - start)) {
                return false;
            }
            body.write(page, begin, length);
        }
        store.records().appendPiece(piece, start, new StateRecords.Bytes(64), body);
        StateRecords.Bytes record = new StateRecords.Bytes(64);
        StateRecords.appendRecord(key, body, record);
        put(into, hash, new StateRecord(record.array(), 0));
        pieces++;
        lastKey = null;
        return true;
    }

    /** Hands over the place and the times of each piece of the table. */
    void forEachTimes(Indexed each) {
        forEachSettled(record -> {
            byte[] page = record.bytes();
            int from = piecesFrom(page, record.from());
            int length = StateRecords.number(page, from);
            int begin = from + StateRecords.size(length);
            StateRecords.forEachTimes(
                    page,
                    begin,
                    begin + length,
                    (place, times) -> each.accept(start + place, () -> StateRecords.keyOf(page, record.from()), times));
        });
    }

    /** Takes pieces without their values. */
    @FunctionalInterface
    interface Indexed {

        void accept(long at, Supplier<String> key, long[] times);
    }

    // ---- captures

    /** Freezes the current state, which is settled. It must be released before the next capture. */
    FrozenState<S> capture() {
        if (frozen != null) {
            throw new IllegalStateException(
                    captured ? "captured already" : frozen.size() - moved + " changes are not settled yet");
        }
        StateTable into = changed.isEmpty() ? table : opened();
        FrozenState<S> now = new FrozenState<>(store.records(), form, start, changed, into, pieces);
        frozen = now;
        captured = true;
        moved = 0;
        changed = new ArrayList<>();
        for (StateScan<S> scan : scans) {
            scan.add(changed);
        }
        generation++;
        return now;
    }

    /** Gives a capture back: nobody reads it any more. */
    void release() {
        captured = false;
        if (isClosed) {
            closeTable();
        }
    }

    /**
     * Moves what was captured into the table, if it was written.
     *
     * @param most number of keys to move
     * @return how many more it might move, or -1 if some remain
     */
    int settle(int most) {
        FrozenState<S> from = frozen;
        if (from == null || captured || isClosed) {
            return most;
        }
        int end = (int) Math.min(from.size(), (long) moved + most);
        int rest = most - (end - moved);
        store.changes(moved - end);
        StateTable into = table;
        if (from.isWritten() && into != null) {
            long before = into.bytes();
            for (; moved < end; moved++) {
                settle(from.move(moved, into));
            }
            store.grow(into.bytes() - before);
        }
        for (; moved < end; moved++) {
            takeBack(from.cell(moved));
        }
        if (moved < from.size()) {
            return -1;
        }
        pieces = from.isWritten() ? from.pieces() : pieces;
        frozen = null;
        letGo();
        estimate();
        if (mostCells > LARGE_MAP && cells.size() < mostCells / 8) {
            cells = new HashMap<>(cells);
            mostCells = cells.size();
        }
        return rest;
    }

    /**
     * Forgets the objects of keys that have not changed, if their room is needed, or their places for keys that are used now. Not if they
     * are few among many, which takes time.
     */
    private void letGo() {
        boolean isDue = store.mustLetGo() || (store.keepsMost() && generation - keptSince >= KEPT_CAPTURES);
        if (kept > 0 && kept >= cells.size() / LEAST_SHARE && isDue) {
            cells.values().removeIf(cell -> cell.generation == UNCHANGED);
            store.grow(-(long) cellBytes * kept);
            store.keeps(-kept);
            kept = 0;
            keptSince = generation;
            lastKey = null;
            last = null;
        }
    }

    @SuppressWarnings("ReferenceEquality") // a newer cell of the key is a change of its own
    private void settle(Cell<S> cell) {
        cell.generation = LOOSE;
        if (cells.get(cell.key) != cell) {
            return;
        }
        if (cell.state != null && store.mayKeep()) {
            cell.generation = UNCHANGED;
            keep();
        } else {
            cells.remove(cell.key);
            store.grow(-cellBytes);
        }
    }

    /** A state as an object is taken to need twice the bytes of its record. */
    private void estimate() {
        StateTable of = table;
        if (of != null && of.size() > 0) {
            long average = of.recordBytes() / of.size();
            int now = (int) Math.min(Integer.MAX_VALUE, CELL_BYTES + 2 * average);
            store.grow((long) cells.size() * (now - cellBytes));
            cellBytes = now;
        }
    }

    /** It was not written, so it is still a change. */
    @SuppressWarnings("ReferenceEquality")
    private void takeBack(Cell<S> cell) {
        if (cells.get(cell.key) == cell) {
            cell.generation = generation;
            changed.add(cell);
            store.changes(1);
        }
    }

    /** Bytes, and cells that are kept, as they are and not as they were told to the store, for tests. */
    long[] counted() {
        long unchanged = cells.values().stream()
                .filter(cell -> cell.generation == UNCHANGED)
                .count();
        return new long[] {tableBytes() + (long) cellBytes * cells.size(), unchanged};
    }

    /** Number of pieces of the keys that are settled. */
    long pieces() {
        return pieces;
    }

    /** Whether a snapshot may have something of it. */
    boolean isKnown() {
        return frozen != null || (table != null && table.size() > 0);
    }

    private long tableBytes() {
        return table == null ? 0 : table.bytes();
    }

    /** Lets go of everything. */
    void close() {
        store.grow(-tableBytes() - (long) cellBytes * cells.size());
        store.keeps(-kept);
        store.changes(-changed.size() - (frozen == null ? 0 : frozen.size() - moved));
        end();
    }

    /** Nobody asks any more. A worker that reads what is captured still has the table. */
    void end() {
        isClosed = true;
        if (!captured) {
            closeTable();
        }
    }

    private void closeTable() {
        StateTable known = table;
        table = null;
        if (known != null) {
            known.close();
        }
    }
}
