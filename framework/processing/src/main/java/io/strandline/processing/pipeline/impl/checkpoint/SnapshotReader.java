package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventType;
import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Link;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.KeyGroups;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateStore;
import io.strandline.processing.pipeline.spi.CheckpointStore.Input;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the state of a task in the layout of {@link SnapshotFormat}, on threads of the store: first the snapshot of the checkpoint,
 * which says what is where, then the files before it from the oldest on, then the snapshot itself again.
 */
final class SnapshotReader {

    private final Snapshot snapshot;
    private final Topology topology;
    private final RestoreTerms terms;

    private @Nullable OperatorStates states;
    private final Map<StreamName, SortedMap<Long, WriterMark>> marks = new LinkedHashMap<>();
    /** The operators of the newest file. */
    private List<Stored> operators = List.of();
    /** By which all files were written. */
    private KeyGroups groups = KeyGroups.ALL;
    /** Group → index of the file with all its keys. */
    private int[] whole = {};

    private final long[] wholeBytes = new long[KeyGroups.COUNT];
    private final long[] changedBytes = new long[KeyGroups.COUNT];
    private @Nullable TaskState old;

    /**
     * What a file says of an operator.
     *
     * @param layout what its pieces mean
     * @param pieces number of all its pieces in the state that the file completes
     * @param types of the pieces in the file
     * @param gone spans that were forgotten as a whole
     */
    record Stored(String id, String layout, long pieces, List<EventType> types, List<Long> gone) {

        boolean isSame(Stored other) {
            return id.equals(other.id) && layout.equals(other.layout);
        }
    }

    SnapshotReader(Snapshot snapshot, Topology topology, RestoreTerms terms) {
        this.snapshot = snapshot;
        this.topology = topology;
        this.terms = terms;
    }

    /**
     * Reads what the snapshot itself says, and its state if there are no files before it.
     *
     * @param path where it is, for messages
     * @return whether the state is complete
     * @throws StrandlineException.Corrupt if it is not whole, or is not the one that the manifest means
     * @throws StrandlineException.Invalid if the codec cannot read a state
     */
    boolean begin(Input file, String path) throws IOException {
        SnapshotInput in = SnapshotInput.whole(file, path, snapshot.length(), snapshot.crc());
        long magic = in.number8();
        if (!hasGroups(magic)) {
            in.restart();
            old = new EarlierSnapshots(in, snapshot, topology, terms).read(magic);
            return true;
        }
        header(in, magic);
        if (!snapshot.before().isEmpty()) {
            return false;
        }
        sections(in, 0, operators);
        return true;
    }

    private static boolean hasGroups(long magic) {
        return magic == SnapshotFormat.MAGIC || magic == SnapshotFormat.MAGIC_4;
    }

    private static KeyGroups groups(SnapshotInput in, long magic) throws IOException {
        return magic == SnapshotFormat.MAGIC ? new KeyGroups(new KeyRange(in.number8(), in.number8())) : KeyGroups.ALL;
    }

    private void header(SnapshotInput in, long magic) throws IOException {
        Taken taken = taken(in, snapshot.taken().version());
        long partition = in.number8();
        long offset = in.number8();
        long step = in.number8();
        long watermark = in.number8();
        long stamp = in.number8();
        int version = in.number();
        int floors = in.number();
        int sinks = in.number();
        int stores = in.number();
        long pieces = in.number8();
        int count = in.number();
        int before = in.number();
        int runs = in.number();
        in.number();
        groups = groups(in, magic);
        require(
                in.path(),
                new Snapshot(
                        new Taken(taken.number(), taken.epoch(), version),
                        partition,
                        offset,
                        step,
                        pieces,
                        snapshot.file(),
                        snapshot.length(),
                        snapshot.crc(),
                        snapshot.before()));
        if (count != KeyGroups.COUNT || before != snapshot.before().size()) {
            throw new StrandlineException.Corrupt("snapshot " + in.path() + " has " + count + " groups and " + before
                    + " files before it, there must be " + KeyGroups.COUNT + " and "
                    + snapshot.before().size());
        }
        states = new OperatorStates(topology, new EventTime(watermark, stamp, floors(in, floors)), terms.budget());
        for (int i = 0; i < sinks; i++) {
            marks.put(StreamName.parse(in.text()), in.marks(in.number()));
        }
        operators = operators(in, stores);
        whole = whole(in, runs);
    }

    private void require(String path, Snapshot found) {
        if (!found.equals(snapshot)) {
            throw new StrandlineException.Corrupt(
                    "snapshot " + path + " is " + found + ", its manifest says otherwise: " + snapshot);
        }
    }

    private static Taken taken(SnapshotInput in, int version) throws IOException {
        long epoch = in.number8();
        return new Taken(in.number8(), epoch, version);
    }

    static List<EventTime.Floor> floors(SnapshotInput in, int count) throws IOException {
        List<EventTime.Floor> floors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            floors.add(new EventTime.Floor(new KeyRange(in.number8(), in.number8()), in.number8()));
        }
        return floors;
    }

    private static List<Stored> operators(SnapshotInput in, int count) throws IOException {
        List<Stored> operators = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String id = in.text();
            String layout = in.text();
            long pieces = in.number8();
            List<EventType> types = new ArrayList<>();
            for (int rest = in.number(); rest > 0; rest--) {
                types.add(new EventType(in.text(), in.number()));
            }
            List<Long> gone = new ArrayList<>();
            for (int rest = in.number(); rest > 0; rest--) {
                gone.add(in.number8());
            }
            operators.add(new Stored(id, layout, pieces, types, gone));
        }
        return operators;
    }

    private static int[] whole(SnapshotInput in, int runs) throws IOException {
        int[] whole = new int[KeyGroups.COUNT];
        for (int i = 0; i < runs; i++) {
            int first = in.number();
            int last = in.number();
            java.util.Arrays.fill(whole, first, last + 1, in.number());
        }
        return whole;
    }

    /**
     * Applies a file of the state, in the order of the files.
     *
     * @param index of the file, the number of those before for the snapshot itself
     * @throws StrandlineException.Corrupt if it is not whole, or is not the one that the manifest means
     * @throws StrandlineException.Invalid if the codec cannot read a state
     */
    boolean apply(Input file, String path, int index) throws IOException {
        if (index == snapshot.before().size()) {
            SnapshotInput in = SnapshotInput.whole(file, path, snapshot.length(), snapshot.crc());
            sections(
                    in,
                    index,
                    beginning(in, snapshot.taken().epoch(), snapshot.taken().number()));
            return true;
        }
        Link link = snapshot.before().get(index);
        SnapshotInput in = SnapshotInput.whole(file, path, link.length(), link.crc());
        sections(in, index, beginning(in, link.epoch(), link.number()));
        return false;
    }

    /** Goes on to the sections of a file. Returns its operators. */
    private List<Stored> beginning(SnapshotInput in, long epoch, long number) throws IOException {
        long magic = in.number8();
        Taken taken = taken(in, 0);
        long partition = in.number8();
        if (!hasGroups(magic)
                || taken.epoch() != epoch
                || taken.number() != number
                || partition != snapshot.partition()) {
            throw new StrandlineException.Corrupt("snapshot " + in.path() + " is checkpoint " + taken.number()
                    + " of epoch " + taken.epoch() + ", partition " + partition
                    + ", its manifest says otherwise: " + snapshot);
        }
        in.skip(4 * Long.BYTES + Integer.BYTES);
        int floors = in.number();
        int sinks = in.number();
        int stores = in.number();
        in.skip(Long.BYTES + 2 * Integer.BYTES);
        int runs = in.number();
        in.number();
        KeyGroups found = groups(in, magic);
        if (!found.equals(groups)) {
            throw new StrandlineException.Corrupt("snapshot " + in.path() + " has groups of the keys " + found.keys()
                    + ", and snapshot " + snapshot.file() + " of " + groups.keys());
        }
        floors(in, floors);
        for (int i = 0; i < sinks; i++) {
            in.text();
            in.marks(in.number());
        }
        List<Stored> operators = operators(in, stores);
        whole(in, runs);
        return operators;
    }

    /** The records of one file that go into one store. Null if the state has nothing of the operator. */
    private StateStore.@Nullable Restoring restoring(String path, int index, List<Stored> stored) {
        Stored newest = operators.size() == stored.size() ? operators.get(index) : null;
        Stored here = stored.get(index);
        if (newest == null || !newest.isSame(here)) {
            throw new StrandlineException.Corrupt("snapshot " + path + " has operator " + here.id() + " as "
                    + here.layout() + ", and the snapshot after it has " + newest);
        }
        if (newest.pieces() == 0) {
            return null; // the operator may be gone or be another kind
        }
        StateStore store = terms.storeOf(requireStates(), newest.id(), newest.layout());
        if (store == null) {
            return null;
        }
        StateStore.Restoring restoring = store.restoring(here.types());
        here.gone().forEach(restoring::forget);
        return restoring;
    }

    /**
     * What the snapshot says of its operators. It reads no state.
     *
     * @throws StrandlineException.Corrupt if it is not whole, or is not the one that the manifest means
     * @throws StrandlineException.Invalid if it is of an earlier version
     */
    List<Stored> operators(Input file, String path) throws IOException {
        headerAlone(file, path);
        return operators;
    }

    /** The streams to which the task had appended. It reads no state, and fails as {@link #operators(Input, String)}. */
    Set<StreamName> sinks(Input file, String path) throws IOException {
        headerAlone(file, path);
        return Set.copyOf(marks.keySet());
    }

    private void headerAlone(Input file, String path) throws IOException {
        SnapshotInput in = SnapshotInput.whole(file, path, snapshot.length(), snapshot.crc());
        long magic = in.number8();
        if (!hasGroups(magic)) {
            throw new StrandlineException.Invalid("snapshot " + path
                    + " is of an earlier version, which does not say what is in it. The next checkpoint of the"
                    + " old version does");
        }
        header(in, magic);
        discard();
    }

    private void sections(SnapshotInput in, int index, List<Stored> stored) throws IOException {
        List<StateStore.@Nullable Restoring> stores = new ArrayList<>();
        for (int i = 0; i < stored.size(); i++) {
            stores.add(restoring(in.path(), i, stored));
        }
        for (int group = in.varint(); group > 0; group = in.varint()) {
            long from = in.position();
            section(in, whole[group - 1] <= index ? stores : null);
            long length = in.position() - from + 1;
            if (whole[group - 1] == index) {
                wholeBytes[group - 1] = length;
            } else if (whole[group - 1] < index) {
                changedBytes[group - 1] += length;
            }
        }
    }

    /** @param stores null for a section that a later file has whole */
    private static void section(SnapshotInput in, @Nullable List<StateStore.@Nullable Restoring> stores)
            throws IOException {
        for (int operator = in.varint(); operator > 0; operator = in.varint()) {
            long start = in.number8();
            StateStore.Restoring into = stores == null ? null : stores.get(operator - 1);
            while (in.nextRecord()) {
                if (into != null) {
                    into.apply(start, in.hash(), in.record(), in.recordFrom());
                }
            }
        }
    }

    private OperatorStates requireStates() {
        return java.util.Objects.requireNonNull(states, "the snapshot was not begun");
    }

    /**
     * The state, when all files were applied.
     *
     * @throws StrandlineException.Corrupt if it is not what the snapshot says
     */
    TaskState end() {
        TaskState earlier = old;
        if (earlier != null) {
            return earlier;
        }
        OperatorStates read = requireStates();
        long pieces = 0;
        for (StateStore store : read.all()) {
            store.restored();
            pieces += store.restoredPieces();
        }
        for (Stored stored : operators) {
            pieces += terms.isDropped(read, stored.id(), stored.layout()) ? stored.pieces() : 0;
        }
        if (pieces != snapshot.keys()) {
            throw new StrandlineException.Corrupt("snapshot " + snapshot.file() + " and the "
                    + snapshot.before().size() + " files before it have " + pieces + " keys, the manifest says "
                    + snapshot.keys());
        }
        return new TaskState(marks, read, isOfTopology(read) ? chain() : new SnapshotChain());
    }

    /** Gives the room of the state back that was read, of a snapshot that is not used. */
    void discard() {
        OperatorStates read = states;
        if (read != null) {
            read.close();
        }
    }

    /** Otherwise the next snapshot has everything, so that all files of a chain have the same operators. */
    private boolean isOfTopology(OperatorStates read) {
        List<StateStore> stores = read.all();
        boolean isSame = stores.size() == operators.size();
        for (int i = 0; isSame && i < stores.size(); i++) {
            Stored stored = operators.get(i);
            isSame = stored.id().equals(stores.get(i).id())
                    && stored.layout().equals(stores.get(i).layout());
        }
        return isSame;
    }

    private SnapshotChain chain() {
        List<Link> files = new ArrayList<>(snapshot.before());
        files.add(new Link(snapshot.taken().epoch(), snapshot.taken().number(), snapshot.length(), snapshot.crc()));
        return new SnapshotChain(groups, files, whole, wholeBytes, changedBytes);
    }
}
