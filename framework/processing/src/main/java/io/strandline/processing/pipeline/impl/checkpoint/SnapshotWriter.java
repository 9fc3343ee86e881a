package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventType;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Link;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.KeyGroups;
import io.strandline.processing.pipeline.impl.state.StateStore.Captured;
import io.strandline.processing.pipeline.spi.CheckpointStore.Output;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.zip.CRC32C;

/** Writes one snapshot in the layout of {@link SnapshotFormat}, on a thread of the store. */
final class SnapshotWriter {

    private final Output snapshot;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(SnapshotFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();
    private long drained;

    /** The part that is being written: its operator and the start of its map. No operator if none is. */
    private int operator = -1;

    private long start;
    /** Whether a section is being written. */
    private boolean inSection;

    /** A snapshot that was written. */
    static final class Written {

        private final Snapshot snapshot;
        private final SnapshotChain.Plan plan;
        /** Group → bytes of it. */
        private final long[] bytes;

        private Written(Snapshot snapshot, SnapshotChain.Plan plan, long[] bytes) {
            this.snapshot = snapshot;
            this.plan = plan;
            this.bytes = bytes;
        }

        /** What the manifest says of it. */
        Snapshot snapshot() {
            return snapshot;
        }

        /** It is durable. */
        void follow(SnapshotChain chain) {
            Taken taken = snapshot.taken();
            chain.advance(plan, new Link(taken.epoch(), taken.number(), snapshot.length(), snapshot.crc()), bytes);
        }
    }

    private SnapshotWriter(Output snapshot) {
        this.snapshot = snapshot;
    }

    /** Writes all bytes. */
    static Written write(Output snapshot, String name, Taken taken, TaskCut cut) throws IOException {
        List<Captured> stores = cut.states().stores();
        long[] changed = new long[KeyGroups.COUNT];
        stores.forEach(store -> store.encode(cut.chain().groups(), changed));
        long pieces = stores.stream().mapToLong(Captured::pieces).sum();
        SnapshotChain.Plan plan = cut.chain().plan(changed);
        SnapshotWriter writer = new SnapshotWriter(snapshot);
        int[] runs = runs(plan);
        writer.header(taken, cut, pieces, plan.before().size(), runs.length / 3);
        writer.times(cut.states().time());
        for (Map.Entry<StreamName, SortedMap<Long, WriterMark>> sink :
                cut.marks().entrySet()) {
            writer.sink(sink.getKey(), sink.getValue());
        }
        for (Captured store : stores) {
            writer.operator(store);
        }
        for (int number : runs) {
            writer.number(number);
        }
        long[] bytes = writer.sections(stores, plan);
        int crc = writer.finish();
        return new Written(
                new Snapshot(
                        taken,
                        cut.partition(),
                        cut.offset(),
                        cut.step(),
                        pieces,
                        name,
                        writer.drained,
                        crc,
                        plan.before()),
                plan,
                bytes);
    }

    private void header(Taken taken, TaskCut cut, long pieces, int before, int runs) {
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
                .putLong(pieces)
                .putInt(KeyGroups.COUNT)
                .putInt(before)
                .putInt(runs)
                .putInt(0)
                .putLong(cut.chain().groups().keys().from())
                .putLong(cut.chain().groups().keys().to());
    }

    private void times(EventTime time) throws IOException {
        for (EventTime.Floor floor : time.floors()) {
            number8(floor.keys().from());
            number8(floor.keys().to());
            number8(floor.watermark());
        }
    }

    private void sink(StreamName name, SortedMap<Long, WriterMark> marks) throws IOException {
        text(name.toString());
        number(marks.size());
        for (Map.Entry<Long, WriterMark> mark : marks.entrySet()) {
            makeRoom(SnapshotFormat.MARK_BYTES);
            buffer.putLong(mark.getKey())
                    .putLong(mark.getValue().last().major())
                    .putLong(mark.getValue().last().minor())
                    .putLong(mark.getValue().digest());
        }
    }

    private void operator(Captured store) throws IOException {
        text(store.id());
        text(store.layout());
        number8(store.pieces());
        number(store.types().size());
        for (EventType type : store.types()) {
            text(type.name());
            number(type.version());
        }
        number(store.gone().size());
        for (long gone : store.gone()) {
            number8(gone);
        }
    }

    /** First and last group and file of each run. */
    private static int[] runs(SnapshotChain.Plan plan) {
        int[] runs = new int[3 * KeyGroups.COUNT];
        int length = 0;
        for (int group = 0; group < KeyGroups.COUNT; group++) {
            if (length > 0 && runs[length - 1] == plan.whole(group)) {
                runs[length - 2] = group;
            } else {
                runs[length++] = group;
                runs[length++] = group;
                runs[length++] = plan.whole(group);
            }
        }
        return java.util.Arrays.copyOf(runs, length);
    }

    /** Returns the bytes of each group. */
    private long[] sections(List<Captured> stores, SnapshotChain.Plan plan) throws IOException {
        long[] bytes = new long[KeyGroups.COUNT];
        for (int group = 0; group < bytes.length; group++) {
            long before = written();
            inSection = false;
            int of = group;
            for (int i = 0; i < stores.size(); i++) {
                int index = i;
                stores.get(i)
                        .write(
                                group,
                                plan.isWhole(group),
                                (map, record, from, length) -> record(of, index, map, record, from, length));
            }
            if (inSection) {
                endPart();
                varint(0);
            }
            bytes[group] = written() - before;
        }
        varint(0);
        return bytes;
    }

    private void record(int group, int of, long map, byte[] record, int from, int length) throws IOException {
        if (!inSection) {
            inSection = true;
            operator = -1;
            varint(1 + group);
        }
        if (operator != of || start != map) {
            endPart();
            operator = of;
            start = map;
            varint(1 + of);
            number8(map);
        }
        bytes(record, from, length);
    }

    private void endPart() throws IOException {
        if (operator >= 0) {
            varint(0);
            operator = -1;
        }
    }

    private long written() {
        return drained + buffer.position();
    }

    private void text(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        bytes(bytes, 0, bytes.length);
    }

    private void varint(int value) throws IOException {
        makeRoom(5);
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            buffer.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        buffer.put((byte) rest);
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

    private void bytes(byte[] source, int begin, int length) throws IOException {
        int from = begin;
        int end = begin + length;
        while (from < end) {
            if (!buffer.hasRemaining()) {
                drain();
            }
            int part = Math.min(buffer.remaining(), end - from);
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
        drained += buffer.remaining();
        snapshot.write(buffer);
        buffer.clear();
    }
}
