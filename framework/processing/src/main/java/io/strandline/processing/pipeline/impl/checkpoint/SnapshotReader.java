package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.spi.CheckpointStore.Input;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** Reads one snapshot in the layout of {@link SnapshotFormat}, on a thread of the store. */
final class SnapshotReader {

    private final Input snapshot;
    /** Of the next byte that goes into the buffer. */
    private long position;

    private final ByteBuffer buffer =
            ByteBuffer.allocate(SnapshotFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private SnapshotReader(Input snapshot) {
        this.snapshot = snapshot;
        buffer.limit(0);
    }

    /**
     * Reads the state of a snapshot, after all of it was compared with what its manifest says.
     *
     * @param path where it is, for messages
     * @throws StrandlineException.Corrupt if it is not whole, or is not the one that the manifest means
     * @throws StrandlineException.Invalid if the codec cannot read a state
     */
    static <S> TaskState<S> read(Input input, String path, Snapshot snapshot, EventCodec<S> codec) throws IOException {
        SnapshotReader reader = new SnapshotReader(input);
        reader.requireWhole(path, snapshot);
        return reader.state(path, snapshot, codec);
    }

    private void requireWhole(String path, Snapshot expected) throws IOException {
        long length = snapshot.size();
        if (length != expected.length() || length < SnapshotFormat.HEADER_BYTES + SnapshotFormat.TRAILER_BYTES) {
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
        requireHeader(path, expected);
        restart();
    }

    private <S> TaskState<S> state(String path, Snapshot expected, EventCodec<S> codec) throws IOException {
        fill(SnapshotFormat.HEADER_BYTES);
        int marks = buffer.getInt(SnapshotFormat.MARKS);
        buffer.position(SnapshotFormat.HEADER_BYTES);
        SortedMap<Long, WriterMark> marked = marks(marks);
        Map<String, S> states = new HashMap<>((int) Math.min(1 << 30, expected.keys() * 4 / 3 + 1));
        for (long i = 0; i < expected.keys(); i++) {
            String key = text();
            EventType type = new EventType(text(), number());
            byte[] bytes = bytes();
            try {
                states.put(key, codec.decode(type, bytes, 0, bytes.length));
            } catch (IOException | RuntimeException e) {
                throw new StrandlineException.Invalid(
                        "the state codec cannot read the state of key " + key + ", type " + type + ", " + bytes.length
                                + " bytes, in " + path + ": " + e.getMessage(),
                        e);
            }
        }
        return new TaskState<>(marked, states);
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

    private void requireHeader(String path, Snapshot expected) throws IOException {
        fill(SnapshotFormat.HEADER_BYTES);
        if (buffer.getLong() != SnapshotFormat.MAGIC) {
            throw new StrandlineException.Corrupt("snapshot " + path + " is no snapshot of this format");
        }
        long epoch = buffer.getLong();
        long number = buffer.getLong();
        long partition = buffer.getLong();
        long offset = buffer.getLong();
        long step = buffer.getLong();
        int version = buffer.getInt();
        buffer.getInt();
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
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    private byte[] bytes() throws IOException {
        byte[] bytes = new byte[number()];
        int at = 0;
        while (at < bytes.length) {
            fill(1);
            int part = Math.min(buffer.remaining(), bytes.length - at);
            buffer.get(bytes, at, part);
            at += part;
        }
        return bytes;
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
