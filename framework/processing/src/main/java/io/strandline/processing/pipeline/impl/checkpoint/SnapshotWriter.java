package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.spi.CheckpointStore.Output;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** Writes one snapshot in the layout of {@link SnapshotFormat}, on a thread of the store. */
final class SnapshotWriter {

    private final Output snapshot;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(SnapshotFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();
    private final Payload payload = new Payload();
    private long written;

    /** Name of the type of the last state, and its bytes: most states are of one. */
    private String typeName = "";

    private byte[] typeBytes = new byte[0];

    private SnapshotWriter(Output snapshot) {
        this.snapshot = snapshot;
    }

    /** Writes all bytes, and returns what the manifest says of them. */
    static <S> Snapshot write(Output snapshot, String name, Taken taken, TaskCut<S> cut, EventCodec<S> codec)
            throws IOException {
        SnapshotWriter writer = new SnapshotWriter(snapshot);
        writer.header(taken, cut);
        writer.marks(cut);
        List<Map.Entry<String, S>> entries = new ArrayList<>(cut.states().entrySet());
        entries.sort(Map.Entry.comparingByKey());
        for (Map.Entry<String, S> entry : entries) {
            writer.entry(entry.getKey(), entry.getValue(), codec);
        }
        int crc = writer.finish();
        return new Snapshot(
                taken, cut.partition(), cut.offset(), cut.step(), entries.size(), name, writer.written, crc);
    }

    private void header(Taken taken, TaskCut<?> cut) {
        buffer.putLong(SnapshotFormat.MAGIC)
                .putLong(taken.epoch())
                .putLong(taken.number())
                .putLong(cut.partition())
                .putLong(cut.offset())
                .putLong(cut.step())
                .putInt(taken.version())
                .putInt(cut.marks().size())
                .putLong(cut.states().size());
    }

    private void marks(TaskCut<?> cut) throws IOException {
        for (Map.Entry<Long, WriterMark> mark : cut.marks().entrySet()) {
            if (buffer.remaining() < SnapshotFormat.MARK_BYTES) {
                drain();
            }
            buffer.putLong(mark.getKey())
                    .putLong(mark.getValue().last().major())
                    .putLong(mark.getValue().last().minor())
                    .putLong(mark.getValue().digest());
        }
    }

    private <S> void entry(String key, S state, EventCodec<S> codec) throws IOException {
        EventType type = encode(key, state, codec);
        bytes(Utf8.encode("the key of a state", key));
        if (!type.name().equals(typeName)) {
            typeName = type.name();
            typeBytes = typeName.getBytes(StandardCharsets.UTF_8);
        }
        bytes(typeBytes);
        number(type.version());
        number(payload.length);
        bytes(payload.bytes, payload.length);
    }

    private <S> EventType encode(String key, S state, EventCodec<S> codec) {
        payload.length = 0;
        try {
            codec.encode(state, payload);
            return codec.typeOf(state);
        } catch (IOException | RuntimeException e) {
            throw new StrandlineException.Invalid(
                    "the state codec cannot write the state of key " + key + ": " + e.getMessage(), e);
        }
    }

    private void bytes(byte[] text) throws IOException {
        number(text.length);
        bytes(text, text.length);
    }

    private void number(int value) throws IOException {
        if (buffer.remaining() < Integer.BYTES) {
            drain();
        }
        buffer.putInt(value);
    }

    private void bytes(byte[] source, int length) throws IOException {
        int from = 0;
        while (from < length) {
            if (!buffer.hasRemaining()) {
                drain();
            }
            int part = Math.min(buffer.remaining(), length - from);
            buffer.put(source, from, part);
            from += part;
        }
    }

    private int finish() throws IOException {
        drain();
        int value = (int) crc.getValue();
        buffer.putInt(value);
        drain();
        return value;
    }

    private void drain() throws IOException {
        buffer.flip();
        crc.update(buffer.duplicate());
        written += buffer.remaining();
        snapshot.write(buffer);
        buffer.clear();
    }

    /** Bytes of one state. */
    private static final class Payload extends PayloadOutput {

        private byte[] bytes = new byte[1024];
        private int length;

        @Override
        public void write(int oneByte) {
            makeRoom(1);
            bytes[length++] = (byte) oneByte;
        }

        @Override
        public void write(byte[] source, int from, int count) {
            makeRoom(count);
            System.arraycopy(source, from, bytes, length, count);
            length += count;
        }

        @Override
        public void write(Buffer source) {
            write(source.getBytes(), 0, source.length());
        }

        private void makeRoom(int count) {
            int needed = Math.addExact(length, count);
            if (needed > bytes.length) {
                bytes = Arrays.copyOf(
                        bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * bytes.length)));
            }
        }
    }
}
