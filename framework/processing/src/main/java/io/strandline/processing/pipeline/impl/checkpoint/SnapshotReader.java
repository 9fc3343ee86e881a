package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventType;
import io.strandline.KeyRange;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.operator.EventTime;
import io.strandline.processing.pipeline.impl.operator.KeyedStore;
import io.strandline.processing.pipeline.impl.operator.OperatorStates;
import io.strandline.processing.pipeline.impl.operator.StateEntry;
import io.strandline.processing.pipeline.impl.operator.StateStore;
import io.strandline.processing.pipeline.spi.CheckpointStore.Input;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** Reads one snapshot in the layout of {@link SnapshotFormat}, on a thread of the store. */
final class SnapshotReader {

    private final Input snapshot;
    private final String path;
    private final Topology topology;
    /** Of the next byte that goes into the buffer. */
    private long position;

    private final ByteBuffer buffer =
            ByteBuffer.allocate(SnapshotFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private SnapshotReader(Input snapshot, String path, Topology topology) {
        this.snapshot = snapshot;
        this.path = path;
        this.topology = topology;
        buffer.limit(0);
    }

    /**
     * Reads the state of a snapshot, after all of it was compared with what its manifest says.
     *
     * @param path where it is, for messages
     * @throws StrandlineException.Corrupt if it is not whole, or is not the one that the manifest means
     * @throws StrandlineException.Invalid if the codec cannot read a state
     */
    static TaskState read(Input input, String path, Snapshot snapshot, Topology topology) throws IOException {
        SnapshotReader reader = new SnapshotReader(input, path, topology);
        reader.requireWhole(snapshot);
        return reader.magic() == SnapshotFormat.MAGIC ? reader.state() : reader.state2(snapshot);
    }

    private void requireWhole(Snapshot expected) throws IOException {
        long length = snapshot.size();
        if (length != expected.length() || length < SnapshotFormat.HEADER_2_BYTES + SnapshotFormat.TRAILER_BYTES) {
            throw new StrandlineException.Corrupt(
                    "snapshot " + path + " has " + length + " bytes, its manifest says " + expected.length());
        }
        int found = checksum(length - SnapshotFormat.TRAILER_BYTES);
        int stored = number();
        if (found != expected.crc() || found != stored) {
            throw new StrandlineException.Corrupt("snapshot " + path + " has CRC32C " + Integer.toHexString(found)
                    + ", its manifest says " + Integer.toHexString(expected.crc()) + " and its end "
                    + Integer.toHexString(stored));
        }
        restart();
        requireHeader(expected);
        restart();
    }

    private long magic() throws IOException {
        fill(Long.BYTES);
        return buffer.getLong(buffer.position());
    }

    private TaskState state() throws IOException {
        fill(SnapshotFormat.HEADER_BYTES);
        skip(48);
        long watermark = buffer.getLong();
        long stamp = buffer.getLong();
        skip(Integer.BYTES);
        int floors = buffer.getInt();
        int sinks = buffer.getInt();
        int operators = buffer.getInt();
        skip(Long.BYTES);
        OperatorStates states = new OperatorStates(topology, new EventTime(watermark, stamp, floors(floors)));
        Map<StreamName, SortedMap<Long, WriterMark>> marks = new LinkedHashMap<>();
        for (int i = 0; i < sinks; i++) {
            marks.put(StreamName.parse(text()), marks(number()));
        }
        for (int i = 0; i < operators; i++) {
            String id = text();
            String layout = text();
            long entries = number8();
            if (entries == 0) {
                continue; // the operator may be gone or be another kind
            }
            StateStore store = states.store(id);
            requireLayout(store, layout);
            for (long j = 0; j < entries; j++) {
                long at = number8();
                String key = text();
                long[] times = new long[number()];
                for (int k = 0; k < times.length; k++) {
                    times[k] = number8();
                }
                restore(store, at, key, times);
            }
        }
        return new TaskState(marks, states);
    }

    /** Version 2: the state of the only operator, and the marks in the only sink. */
    private TaskState state2(Snapshot expected) throws IOException {
        fill(SnapshotFormat.HEADER_2_BYTES);
        skip(52);
        int count = buffer.getInt();
        skip(Long.BYTES);
        OperatorStates states = new OperatorStates(topology, EventTime.START);
        if (states.stores().size() != 1 || topology.sinks().size() > 1) {
            throw new StrandlineException.Invalid(
                    "snapshot " + path + " has the state of one operator and one sink, the"
                            + " pipeline has " + states.stores().size() + " operators with state and "
                            + topology.sinks().size() + " sinks");
        }
        Map<StreamName, SortedMap<Long, WriterMark>> marks = new LinkedHashMap<>();
        SortedMap<Long, WriterMark> marked = marks(count);
        topology.sinks().forEach(sink -> marks.put(sink, marked));
        StateStore store = states.stores().iterator().next();
        requireLayout(store, KeyedStore.LAYOUT);
        for (long i = 0; i < expected.keys(); i++) {
            restore(store, 0, text(), new long[0]);
        }
        return new TaskState(marks, states);
    }

    private void requireLayout(StateStore store, String stored) {
        if (!store.layout().equals(stored)) {
            throw new StrandlineException.Invalid("the checkpoint has state of operator " + store.id() + " as " + stored
                    + ", and the operator keeps " + store.layout() + ": give it another id");
        }
    }

    private List<EventTime.Floor> floors(int count) throws IOException {
        List<EventTime.Floor> floors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            floors.add(new EventTime.Floor(new KeyRange(number8(), number8()), number8()));
        }
        return floors;
    }

    private void restore(StateStore store, long at, String key, long[] times) throws IOException {
        int length = number();
        Object state = length == SnapshotFormat.NO_STATE ? null : decode(store, key, length);
        if (!store.restore(new StateEntry(at, key, times, state))) {
            throw new StrandlineException.Corrupt("snapshot " + path + " has key " + key + " of operator " + store.id()
                    + " at time " + at + " twice");
        }
    }

    private Object decode(StateStore store, String key, int typeLength) throws IOException {
        EventType type = new EventType(new String(bytes(typeLength), StandardCharsets.UTF_8), number());
        byte[] bytes = bytes(number());
        try {
            return store.codec().decode(type, bytes, 0, bytes.length);
        } catch (IOException | RuntimeException e) {
            throw new StrandlineException.Invalid(
                    "the state codec cannot read the state of key " + key + ", type " + type + ", " + bytes.length
                            + " bytes, in " + path + ": " + e.getMessage(),
                    e);
        }
    }

    private void skip(int bytes) {
        buffer.position(buffer.position() + bytes);
    }

    private SortedMap<Long, WriterMark> marks(int count) throws IOException {
        SortedMap<Long, WriterMark> marks = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            fill(SnapshotFormat.MARK_BYTES);
            long partition = buffer.getLong();
            Sequence last = new Sequence(buffer.getLong(), buffer.getLong());
            marks.put(partition, new WriterMark(last, buffer.getLong()));
        }
        return marks;
    }

    private void requireHeader(Snapshot expected) throws IOException {
        fill(SnapshotFormat.HEADER_2_BYTES);
        long magic = buffer.getLong();
        if (magic != SnapshotFormat.MAGIC && magic != SnapshotFormat.MAGIC_2) {
            throw new StrandlineException.Corrupt("snapshot " + path + " is no snapshot of this format");
        }
        long epoch = buffer.getLong();
        long number = buffer.getLong();
        long partition = buffer.getLong();
        long offset = buffer.getLong();
        long step = buffer.getLong();
        if (magic == SnapshotFormat.MAGIC) {
            fill(SnapshotFormat.HEADER_BYTES - 48);
            skip(2 * Long.BYTES);
        }
        int version = buffer.getInt();
        skip(magic == SnapshotFormat.MAGIC ? 3 * Integer.BYTES : Integer.BYTES);
        long keys = buffer.getLong();
        boolean same = new Taken(number, epoch, version).equals(expected.taken())
                && partition == expected.partition()
                && offset == expected.offset()
                && step == expected.step()
                && keys == expected.keys();
        if (!same) {
            throw new StrandlineException.Corrupt("snapshot " + path + " is checkpoint " + number + " of epoch " + epoch
                    + ", version " + version + ", partition " + partition + ", offset " + offset + ", step " + step
                    + ", " + keys + " keys; its manifest says otherwise: " + expected);
        }
    }

    /** CRC32C of the next bytes of the file. */
    private int checksum(long length) throws IOException {
        CRC32C crc = new CRC32C();
        long rest = length;
        while (rest > 0) {
            fill(1);
            int part = (int) Math.min(rest, buffer.remaining());
            crc.update(buffer.slice(buffer.position(), part));
            buffer.position(buffer.position() + part);
            rest -= part;
        }
        return (int) crc.getValue();
    }

    private void restart() {
        position = 0;
        buffer.position(0).limit(0);
    }

    private String text() throws IOException {
        return new String(bytes(number()), StandardCharsets.UTF_8);
    }

    private byte[] bytes(int length) throws IOException {
        byte[] bytes = new byte[length];
        int at = 0;
        while (at < bytes.length) {
            fill(1);
            int part = Math.min(buffer.remaining(), bytes.length - at);
            buffer.get(bytes, at, part);
            at += part;
        }
        return bytes;
    }

    private long number8() throws IOException {
        fill(Long.BYTES);
        return buffer.getLong();
    }

    private int number() throws IOException {
        fill(Integer.BYTES);
        return buffer.getInt();
    }

    /** Makes at least this many bytes, at most the buffer's size, available in the buffer. */
    private void fill(int least) throws IOException {
        if (buffer.remaining() >= least) {
            return;
        }
        buffer.compact();
        while (buffer.position() < least) {
            int read = snapshot.read(buffer, position);
            if (read <= 0) {
                throw new EOFException("it ends at " + position);
            }
            position += read;
        }
        buffer.flip();
    }
}
