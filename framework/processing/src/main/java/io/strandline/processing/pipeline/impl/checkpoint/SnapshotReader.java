package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** Reads one snapshot file in the layout of {@link SnapshotFormat}. Blocks: for worker threads. */
final class SnapshotReader implements AutoCloseable {

    private final SeekableByteChannel channel;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(SnapshotFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private SnapshotReader(SeekableByteChannel channel) {
        this.channel = channel;
        buffer.limit(0);
    }

    /**
     * Reads the state of a file, after all of it was compared with what its manifest says.
     *
     * @throws StrandlineException.Corrupt if the file is missing, is not whole, or is not the one that the manifest means
     * @throws StrandlineException.Invalid if the codec cannot read a state
     */
    static <S> TaskState<S> read(SnapshotFiles files, Snapshot snapshot, EventCodec<S> codec) {
        String path = files.place(snapshot.file());
        try (SnapshotReader reader = new SnapshotReader(files.read(snapshot.file()))) {
            reader.requireWhole(path, snapshot);
            return reader.state(path, snapshot, codec);
        } catch (NoSuchFileException e) {
            throw new StrandlineException.Corrupt("file " + path + " is missing", e);
        } catch (IOException e) {
            throw new StrandlineException.Corrupt("file " + path + " cannot be read: " + e, e);
        }
    }

    private void requireWhole(String path, Snapshot snapshot) throws IOException {
        long length = channel.size();
        if (length != snapshot.length() || length < SnapshotFormat.HEADER_BYTES + SnapshotFormat.TRAILER_BYTES) {
            throw new StrandlineException.Corrupt(
                    "file " + path + " has " + length + " bytes, its manifest says " + snapshot.length());
        }
        int found = checksum(length - SnapshotFormat.TRAILER_BYTES);
        int stored = number();
        if (found != snapshot.crc() || found != stored) {
            throw new StrandlineException.Corrupt("file " + path + " has CRC32C " + Integer.toHexString(found)
                    + ", its manifest says " + Integer.toHexString(snapshot.crc()) + " and its end "
                    + Integer.toHexString(stored));
        }
        restart();
        requireHeader(path, snapshot);
        restart();
    }

    private <S> TaskState<S> state(String path, Snapshot snapshot, EventCodec<S> codec) throws IOException {
        fill(SnapshotFormat.HEADER_BYTES);
        int marks = buffer.getInt(SnapshotFormat.MARKS);
        buffer.position(SnapshotFormat.HEADER_BYTES);
        SortedMap<Long, WriterMark> marked = marks(marks);
        Map<String, S> states = new HashMap<>((int) Math.min(1 << 30, snapshot.keys() * 4 / 3 + 1));
        for (long i = 0; i < snapshot.keys(); i++) {
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

    private void requireHeader(String path, Snapshot snapshot) throws IOException {
        fill(SnapshotFormat.HEADER_BYTES);
        if (buffer.getLong() != SnapshotFormat.MAGIC) {
            throw new StrandlineException.Corrupt("file " + path + " is no snapshot of this format");
        }
        long epoch = buffer.getLong();
        long number = buffer.getLong();
        long partition = buffer.getLong();
        long offset = buffer.getLong();
        long step = buffer.getLong();
        int version = buffer.getInt();
        buffer.getInt();
        long keys = buffer.getLong();
        boolean same = new Taken(number, epoch, version).equals(snapshot.taken())
                && partition == snapshot.partition()
                && offset == snapshot.offset()
                && step == snapshot.step()
                && keys == snapshot.keys();
        if (!same) {
            throw new StrandlineException.Corrupt("file " + path + " is checkpoint " + number + " of epoch " + epoch
                    + ", version " + version + ", partition " + partition + ", offset " + offset + ", step " + step
                    + ", " + keys + " keys; its manifest says otherwise: " + snapshot);
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

    private void restart() throws IOException {
        channel.position(0);
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
            if (channel.read(buffer) < 0) {
                throw new EOFException("file ends at " + channel.position());
            }
        }
        buffer.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
