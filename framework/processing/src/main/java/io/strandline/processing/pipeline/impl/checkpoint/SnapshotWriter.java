package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.Utf8;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.operator.EventTime;
import io.strandline.processing.pipeline.impl.operator.OperatorStates.CapturedStore;
import io.strandline.processing.pipeline.impl.operator.StateEntry;
import io.strandline.processing.pipeline.spi.CheckpointStore.Output;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
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
    static Snapshot write(Output snapshot, String name, Taken taken, TaskCut cut) throws IOException {
        SnapshotWriter writer = new SnapshotWriter(snapshot);
        writer.header(taken, cut);
        for (EventTime.Floor floor : cut.states().time().floors()) {
            writer.number8(floor.keys().from());
            writer.number8(floor.keys().to());
            writer.number8(floor.watermark());
        }
        for (Map.Entry<StreamName, SortedMap<Long, WriterMark>> sink :
                cut.marks().entrySet()) {
            writer.sink(sink.getKey(), sink.getValue());
        }
        for (CapturedStore store : cut.states().stores()) {
            writer.operator(store);
        }
        int crc = writer.finish();
        return new Snapshot(
                taken, cut.partition(), cut.offset(), cut.step(), cut.states().size(), name, writer.written, crc);
    }

    private void header(Taken taken, TaskCut cut) {
        buffer.putLong(SnapshotFormat.MAGIC)
                .putLong(taken.epoch())
                .putLong(taken.number())
                .putLong(cut.partition())
                .putLong(cut.offset())
                .putLong(cut.step())
                .putLong(cut.states().time().watermark())
                .putLong(cut.states().time().clock())
                .putInt(taken.version())
                .putInt(cut.states().time().floors().size())
                .putInt(cut.marks().size())
                .putInt(cut.states().stores().size())
                .putLong(cut.states().size());
    }

    private void sink(StreamName name, SortedMap<Long, WriterMark> marks) throws IOException {
        bytes(name.toString().getBytes(StandardCharsets.UTF_8));
        number(marks.size());
        for (Map.Entry<Long, WriterMark> mark : marks.entrySet()) {
            makeRoom(SnapshotFormat.MARK_BYTES);
            buffer.putLong(mark.getKey())
                    .putLong(mark.getValue().last().major())
                    .putLong(mark.getValue().last().minor())
                    .putLong(mark.getValue().digest());
        }
    }

    private void operator(CapturedStore captured) throws IOException {
        bytes(captured.store().id().getBytes(StandardCharsets.UTF_8));
        bytes(captured.store().layout().getBytes(StandardCharsets.UTF_8));
        number8(captured.frozen().size());
        EventCodec<Object> codec = captured.store().codec();
        captured.frozen().forEach(entry -> entry(entry, codec));
    }

    private void entry(StateEntry entry, EventCodec<Object> codec) throws IOException {
        Object state = entry.value();
        // Encoded first, so that a state that the codec refuses leaves no half of an entry.
        EventType type = state == null ? null : encode(entry.key(), state, codec);
        number8(entry.at());
        bytes(Utf8.encode("the key of a state", entry.key()));
        number(entry.times().length);
        for (long time : entry.times()) {
            number8(time);
        }
        if (type == null) {
            number(SnapshotFormat.NO_STATE);
            return;
        }
        if (!type.name().equals(typeName)) {
            typeName = type.name();
            typeBytes = typeName.getBytes(StandardCharsets.UTF_8);
        }
        bytes(typeBytes);
        number(type.version());
        number(payload.length);
        bytes(payload.bytes, payload.length);
    }

    private EventType encode(String key, Object state, EventCodec<Object> codec) {
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
        makeRoom(Integer.BYTES);
        buffer.putInt(value);
    }

    private void number8(long value) throws IOException {
        makeRoom(Long.BYTES);
        buffer.putLong(value);
    }

    private void makeRoom(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            drain();
        }
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
