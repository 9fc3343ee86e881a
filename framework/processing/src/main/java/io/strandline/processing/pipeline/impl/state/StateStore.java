package io.strandline.processing.pipeline.impl.state;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.spi.StateTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The state of one operator of one task: maps of keys, of which most stores have one. Filled by a worker thread before its task
 * begins, and owned by the context of the task from then on. Only what was captured may be read elsewhere, until it is
 * released.
 *
 * <p>The keys of a map are divided into groups, by their hashes ({@link KeyGroups}). A snapshot has all keys of a group or those that
 * have changed.
 */
public abstract class StateStore {

    /** Most keys of a store that are kept as objects although they have not changed. */
    static final int KEPT_KEYS = 1 << 14;

    /** Bytes of a string besides its characters, and of its array. */
    private static final int STRING_BYTES = 40;

    /** Bytes after which the budget of the run hears of them. */
    private static final int CLAIM_BYTES = 1 << 14;

    /** Changed keys after which the budget of the run hears of them. */
    private static final int CLAIM_CHANGES = 100;

    private final String id;
    private final EventCodec<?> codec;
    private Undo undo = new Undo();
    private final StateRecords records;
    private StateBudget budget = StateBudget.unlimited();
    private long unclaimed;
    private long claimed;
    private int unclaimedChanges;
    private long claimedChanges;
    private int kept;

    /** Maps that are gone since the last capture, and of which a snapshot may have something. */
    private List<Long> gone = new ArrayList<>();
    /** What is captured, and its maps, those that are gone meanwhile included. */
    private Captured captured = new Captured(this, List.of(), List.of());

    private List<KeyedState<?>> frozen = List.of();

    StateStore(Operator.WithState operator) {
        this(operator.id(), operator.codec());
    }

    StateStore(String id, EventCodec<?> codec) {
        this.id = id;
        this.codec = codec;
        this.records = new StateRecords(id, codec());
    }

    public final String id() {
        return id;
    }

    @SuppressWarnings("unchecked") // the values are those of the operator, of which this is the codec
    public final EventCodec<Object> codec() {
        return (EventCodec<Object>) codec;
    }

    /** What the pieces mean: a store of another layout cannot read them. */
    public abstract String layout();

    /** The maps, in ascending order of their starts. */
    abstract Collection<? extends KeyedState<?>> maps();

    /** The map with this start, which is new if there is none. */
    abstract KeyedState<?> map(long start);

    /** Start of the map that a piece belongs to. */
    abstract long startOf(long at);

    /** A record was restored: notes what is to be found by the times of its pieces. */
    abstract void restored(long at, Supplier<String> key, long[] times);

    /** As {@link #restored(long, Supplier, long[])}, for all records. */
    void restoredAll() {
        maps().forEach(map -> map.forEachTimes((at, key, times) -> {
            requireRoom();
            restored(at, key, times);
        }));
    }

    /** As {@link #restored(long, Supplier, long[])}, for a piece. */
    void restored(StateEntry piece) {
        restored(piece.at(), piece::key, piece.times());
    }

    /** Key of the record that has a piece. */
    String recordOf(StateEntry piece) {
        return piece.key();
    }

    /** Puts a piece back. Returns false, and changes nothing, if there is one in its place. */
    public final boolean restore(StateEntry piece) {
        requireRoom();
        if (!map(startOf(piece.at())).add(recordOf(piece), piece)) {
            return false;
        }
        restored(piece);
        return true;
    }

    /** Hands over all pieces, in no order. */
    public final void forEach(Consumer<StateEntry> each) {
        maps().forEach(map -> map.forEachPiece(each));
    }

    /** Notes changes where those of the other stores of the task are noted. */
    final void noteIn(Undo all) {
        undo = all;
    }

    /**
     * A step is about to change a piece, or has just changed what is due. The note is there even if this refuses, so that the change is
     * taken back.
     *
     * @param at as {@link StateEntry#at}, or a place that the store knows by itself
     * @param stored what the store holds there, for {@link #putBack}
     * @throws io.strandline.StrandlineException.Overloaded if there is no room for more
     */
    final void note(long at, String key, @Nullable Object stored) {
        undo.note(this, at, key, stored);
        requireRoom();
    }

    /**
     * As {@link #note}, for a change after which the state is no larger: it removes something, or stores again what was there. So a state
     * that has used up its room can shrink. An audit has no checkpoints, so what it removes gives no room back before its end.
     */
    final void noteRemoval(long at, String key, @Nullable Object stored) {
        undo.note(this, at, key, stored);
        if (!budget.isGivenBack()) {
            requireRoom();
        }
    }

    /** Puts back what was noted: the step that changed it has failed. */
    abstract void putBack(long at, String key, @Nullable Object stored);
    /** Whether each piece goes on with the task of its key. Otherwise {@link #succeed} says what goes on. */
    public boolean movesByKey() {
        return true;
    }

    /** Takes what a task begins with that succeeds others. Called if pieces do not move by key. */
    public void succeed(List<StateStore> predecessors) {}

    final StateRecords records() {
        return records;
    }

    // ---- snapshots

    /**
     * The groups of its records, whose keys are those of pieces.
     *
     * @param ofTask of the keys of the task
     */
    KeyGroups groups(KeyGroups ofTask) {
        return ofTask;
    }

    /** Begins to read records whose types are these. */
    public final Restoring restoring(List<EventType> types) {
        return new Restoring(types);
    }

    /** All records of all snapshots were read: notes what is to be found by its times. */
    public final void restored() {
        gone.clear(); // the next snapshot need not say it again
        restoredAll();
    }

    /** Number of pieces that were restored. */
    public final long restoredPieces() {
        return maps().stream().mapToLong(KeyedState::pieces).sum();
    }

    /** Reads the records of one snapshot. */
    public final class Restoring {

        private final int[] mapped;
        private final boolean[] seen;
        private final StateRecords.Bytes body = new StateRecords.Bytes(256);
        private final StateRecords.Bytes record = new StateRecords.Bytes(256);
        /** Whether the records can be taken as they are: their types have the same indexes here, and each was decoded once. */
        private boolean isAdopted;

        private Restoring(List<EventType> types) {
            mapped = types.stream().mapToInt(records::typeIndex).toArray();
            seen = new boolean[mapped.length];
        }

        /** A map of an earlier snapshot is gone. */
        public void forget(long start) {
            StateStore.this.forget(start);
        }

        /**
         * Applies a record.
         *
         * @throws io.strandline.StrandlineException.Invalid if the codec cannot read the first value of a type
         */
        public void apply(long start, long hash, byte[] bytes, int from) {
            requireRoom();
            if (isAdopted) {
                map(start).apply(bytes, from, hash);
                return;
            }
            record.clear();
            records.adopt(bytes, from, mapped, seen, body, record);
            map(start).apply(record.array(), 0, hash);
            isAdopted = isKnown();
        }

        private boolean isKnown() {
            for (int i = 0; i < mapped.length; i++) {
                if (mapped[i] != i || !seen[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Forgets a map while snapshots are read. A store of one map has none to forget. */
    void forget(long start) {}

    // ---- captures

    /** Moves what was captured into the tables, at most so many keys. Returns how many more it might move, or -1 if some remain. */
    final int settle(int most) {
        int rest = most;
        for (KeyedState<?> map : maps()) {
            rest = map.settle(rest);
            if (rest < 0) {
                return rest;
            }
        }
        return rest;
    }

    /** Freezes and returns the state, which is settled. It must be released before the next capture. */
    final Captured capture() {
        frozen = new ArrayList<>(maps());
        List<FrozenState<?>> states = new ArrayList<>(frozen.size());
        for (KeyedState<?> map : frozen) {
            states.add(map.capture());
        }
        captured = new Captured(this, states, gone);
        gone = new ArrayList<>();
        return captured;
    }

    /** Gives a capture back: nobody reads it any more. */
    final void release() {
        frozen.forEach(KeyedState::release);
        if (!captured.written) {
            gone.addAll(captured.gone);
        }
        frozen = List.of();
        captured = new Captured(this, List.of(), List.of());
    }

    /** A map is let go of. */
    final void drop(KeyedState<?> map) {
        if (map.isKnown()) {
            gone.add(map.start());
        }
        map.close();
    }

    /** The frozen state of one operator. Readable by one thread, until it is released. */
    public static final class Captured {

        private final StateStore store;
        private final List<FrozenState<?>> maps;
        private final List<Long> gone;
        private boolean written;

        Captured(StateStore store, List<FrozenState<?>> maps, List<Long> gone) {
            this.store = store;
            this.maps = maps;
            this.gone = gone;
        }

        public String id() {
            return store.id();
        }

        public String layout() {
            return store.layout();
        }

        /** Types of the values, by their index. To be asked for after {@link #encode}. */
        public List<EventType> types() {
            return store.records.types();
        }

        /** Starts of the maps that are gone since the capture before. */
        public List<Long> gone() {
            return gone;
        }

        StateRecords records() {
            return store.records;
        }

        /** Number of keys that have changed. */
        public long changedKeys() {
            return maps.stream().mapToLong(FrozenState::size).sum();
        }

        /**
         * Encodes the changes, the first thing to do. For worker threads.
         *
         * @param ofTask groups of the keys of the task, by which to {@link #write}
         * @param changedBytes group → bytes of its changes, to add to
         * @throws io.strandline.StrandlineException.Overloaded if there is no room for them where they are to be kept
         */
        public void encode(KeyGroups ofTask, long[] changedBytes) {
            KeyGroups groups = store.groups(ofTask);
            maps.forEach(map -> map.encode(groups, changedBytes));
        }

        /** Number of pieces of state. To be asked for after {@link #encode}. */
        public long pieces() {
            return maps.stream().mapToLong(FrozenState::pieces).sum();
        }

        /**
         * Writes the keys of a group, by their map and then by their hash, as an unsigned number, and their bytes. Groups must be asked for
         * in ascending order.
         *
         * @param isWhole whether to write all keys, or the changed and the removed ones alone
         */
        public void write(int group, boolean isWhole, MapOutput out) throws IOException {
            for (FrozenState<?> map : maps) {
                map.write(group, isWhole, (bytes, from, length) -> out.record(map.start(), bytes, from, length));
            }
        }

        /** What was written is durable. To be said before it is released. */
        void written() {
            written = true;
            maps.forEach(FrozenState::written);
        }
    }

    /** Takes the records of a map. */
    @FunctionalInterface
    interface RecordOutput {

        void record(byte[] bytes, int from, int length) throws IOException;
    }

    /** Takes records. */
    @FunctionalInterface
    public interface MapOutput {

        /**
         * Takes one.
         *
         * @param start of its map
         */
        void record(long start, byte[] bytes, int from, int length) throws IOException;
    }

    // ---- room

    final void limit(StateBudget to) {
        budget = to;
    }

    /** Estimate of the bytes of a string. */
    static int bytesOf(String text) {
        return STRING_BYTES + text.length();
    }

    /** The state takes so many bytes more, or less. */
    final void grow(long bytes) {
        unclaimed += bytes;
        if (Math.abs(unclaimed) >= CLAIM_BYTES) {
            claim();
        }
    }

    private void claim() {
        budget.add(unclaimed);
        claimed += unclaimed;
        unclaimed = 0;
    }

    /** So many keys have changed more, or less. */
    final void changes(int more) {
        unclaimedChanges += more;
        if (Math.abs(unclaimedChanges) >= CLAIM_CHANGES) {
            claimChanges();
        }
    }

    /** Tells the budget of changes that it has not heard of. */
    private void claimChanges() {
        long bytes = (long) unclaimedChanges * KeyedState.CELL_BYTES;
        claimedChanges += bytes;
        unclaimedChanges = 0;
        budget.addChanges(bytes);
    }

    final void requireRoom() {
        budget.require(id());
    }

    /** A table for one of its maps. */
    final StateTable openTable() {
        return budget.tables().open(id);
    }

    /** What a step fails with whose state cannot be read. */
    final StrandlineException unreadable(RuntimeException cause) {
        budget.tableFailed();
        return cause instanceof StrandlineException known
                ? known
                : new StrandlineException.Unavailable(
                        "the table with the state of operator " + id + " cannot be read: " + cause.getMessage(), cause);
    }

    /** Whether one more key may be kept as an object although it has not changed. */
    final boolean mayKeep() {
        return !keepsMost() && !budget.isShort();
    }

    /** Whether as many are kept as may be. */
    final boolean keepsMost() {
        return kept >= KEPT_KEYS;
    }

    /** Whether keys that are kept as objects are to give their room back. */
    final boolean mustLetGo() {
        return budget.isShort();
    }

    final void keeps(int more) {
        kept += more;
    }

    /** Bytes and kept keys, as its maps have told, for tests. */
    final long[] counted() {
        return new long[] {claimed + unclaimed, kept};
    }

    /** Gives the room back: the task is over. */
    final void close() {
        maps().forEach(KeyedState::end);
        budget.add(-claimed);
        claimed = 0;
        budget.addChanges(-claimedChanges);
        claimedChanges = 0;
        budget = StateBudget.unlimited();
    }
}
