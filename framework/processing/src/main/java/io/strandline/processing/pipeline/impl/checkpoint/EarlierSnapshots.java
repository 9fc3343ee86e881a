package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import io.strandline.processing.pipeline.impl.state.StateStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Reads snapshots of versions 2 and 3, each of which is a whole state. */
final class EarlierSnapshots {

    private final SnapshotInput in;
    private final Snapshot snapshot;
    private final Topology topology;
    private final RestoreTerms terms;

    EarlierSnapshots(SnapshotInput in, Snapshot snapshot, Topology topology, RestoreTerms terms) {
        this.in = in;
        this.snapshot = snapshot;
        this.topology = topology;
        this.terms = terms;
    }

    /** Reads the state from the first byte on. */
    TaskState read(long magic) throws IOException {
        if (magic != SnapshotFormat.MAGIC_3 && magic != SnapshotFormat.MAGIC_2) {
            throw new StrandlineException.Corrupt("snapshot " + in.path() + " is no snapshot of this format");
        }
        in.number8();
        long epoch = in.number8();
        long number = in.number8();
        long partition = in.number8();
        long offset = in.number8();
        long step = in.number8();
        boolean isThird = magic == SnapshotFormat.MAGIC_3;
        long watermark = isThird ? in.number8() : 0;
        long stamp = isThird ? in.number8() : 0;
        Taken taken = new Taken(number, epoch, in.number());
        int floors = isThird ? in.number() : 0;
        int sinks = in.number(); // or marks
        int operators = isThird ? in.number() : 1;
        long keys = in.number8();
        Snapshot found =
                new Snapshot(taken, partition, offset, step, keys, snapshot.file(), snapshot.length(), snapshot.crc());
        if (!found.equals(snapshot)) {
            throw new StrandlineException.Corrupt(
                    "snapshot " + in.path() + " is " + found + ", its manifest says otherwise: " + snapshot);
        }
        return isThird
                ? third(new EventTime(watermark, stamp, SnapshotReader.floors(in, floors)), sinks, operators)
                : second(sinks);
    }

    private TaskState third(EventTime time, int sinks, int operators) throws IOException {
        OperatorStates states = new OperatorStates(topology, time, terms.budget());
        Map<StreamName, SortedMap<Long, WriterMark>> marks = new LinkedHashMap<>();
        for (int i = 0; i < sinks; i++) {
            marks.put(StreamName.parse(in.text()), in.marks(in.number()));
        }
        for (int i = 0; i < operators; i++) {
            String id = in.text();
            String layout = in.text();
            long entries = in.number8();
            if (entries == 0) {
                continue; // the operator may be gone or be another kind
            }
            StateStore store = terms.storeOf(states, id, layout);
            for (long j = 0; j < entries; j++) {
                long at = in.number8();
                String key = in.text();
                long[] times = new long[in.number()];
                for (int k = 0; k < times.length; k++) {
                    times[k] = in.number8();
                }
                restore(store, at, key, times);
            }
        }
        return new TaskState(marks, states, new SnapshotChain());
    }

    /** The state of the only operator, and the marks in the only sink. */
    private TaskState second(int count) throws IOException {
        OperatorStates states = new OperatorStates(topology, EventTime.START, terms.budget());
        if (states.stores().size() != 1 || topology.sinks().size() > 1) {
            throw new StrandlineException.Invalid(
                    "snapshot " + in.path() + " has the state of one operator and one sink, the"
                            + " pipeline has " + states.stores().size() + " operators with state and "
                            + topology.sinks().size() + " sinks");
        }
        Map<StreamName, SortedMap<Long, WriterMark>> marks = new LinkedHashMap<>();
        SortedMap<Long, WriterMark> marked = in.marks(count);
        topology.sinks().forEach(sink -> marks.put(sink, marked));
        String id = states.stores().iterator().next().id();
        StateStore store = terms.storeOf(states, id, KeyedStore.LAYOUT);
        for (long i = 0; i < snapshot.keys(); i++) {
            restore(store, 0, in.text(), new long[0]);
        }
        return new TaskState(marks, states, new SnapshotChain());
    }

    /** @param store null for a state that is dropped. Its bytes are read over */
    private void restore(@Nullable StateStore store, long at, String key, long[] times) throws IOException {
        int length = in.number();
        if (store == null) {
            if (length != SnapshotFormat.NO_STATE) {
                in.bytes(length);
                in.number();
                in.bytes(in.number());
            }
            return;
        }
        Object state = length == SnapshotFormat.NO_STATE ? null : decode(store, key, length);
        if (!store.restore(new StateEntry(at, key, times, state))) {
            throw new StrandlineException.Corrupt("snapshot " + in.path() + " has key " + key + " of operator "
                    + store.id() + " at time " + at + " twice");
        }
    }

    private Object decode(StateStore store, String key, int typeLength) throws IOException {
        EventType type = new EventType(new String(in.bytes(typeLength), StandardCharsets.UTF_8), in.number());
        byte[] bytes = in.bytes(in.number());
        try {
            return store.codec().decode(type, bytes, 0, bytes.length);
        } catch (IOException | RuntimeException e) {
            throw new StrandlineException.Invalid(
                    "the state codec cannot read the state of key " + key + ", type " + type + ", " + bytes.length
                            + " bytes, in " + in.path() + ": " + e.getMessage(),
                    e);
        }
    }
}
