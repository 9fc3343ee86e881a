package io.strandline.log.impl.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.Replacement;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.Claim;
import io.strandline.log.impl.state.Inheritance;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.testkit.BatchBuilder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A journal checkpoint is the state as of one frame, though the state goes on while it is captured (T7). */
class CheckpointCaptureTest {

    private static final int SEEDS = 300;
    private static final int STEPS = 120;
    private static final int PARTITIONS = 12;
    private static final StreamName STREAM = StreamName.parse("shop/orders");

    private static ShardState newState() {
        return new ShardState(0, unreferenced -> {});
    }

    @Test
    void whatIsCapturedIsTheStateAsOfItsFrame() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            ShardState state = newState();
            for (int i = 0; i < STEPS; i++) {
                change(state, random);
            }
            state.appliedUpTo(seed);
            Map<String, String> expected = contents(CheckpointCapture.encode(state));
            CheckpointCapture capture = CheckpointCapture.begin(state, 0);
            do {
                for (int i = random.nextInt(8); i > 0; i--) {
                    change(state, random);
                }
            } while (!capture.slice(1 + random.nextInt(2)));
            for (int i = 0; i < 10; i++) {
                change(state, random);
            }
            assertThat(contents(capture.encode())).as("seed %d", seed).isEqualTo(expected);
            assertThat(capture.asOfFrame()).isEqualTo(seed);
        }
    }

    /** Partition by partition, and all the rest: the order of partitions in a checkpoint means nothing. */
    private static Map<String, String> contents(byte[] checkpoint) {
        ShardState read = newState();
        CheckpointCodec.decode(checkpoint, read);
        SortedMap<String, String> contents = new TreeMap<>();
        read.partitions()
                .values()
                .forEach(partition -> contents.put("partition " + partition.id(), hex(partition, false)));
        read.opening().values().forEach(partition -> contents.put("opening " + partition.id(), hex(partition, true)));
        read.partitions().clear();
        read.opening().clear();
        contents.put("rest", HexFormat.of().formatHex(CheckpointCapture.encode(read)));
        return contents;
    }

    private static String hex(Partition partition, boolean isOpening) {
        RecordOutput out = new RecordOutput();
        CheckpointCodec.writePartition(out, partition, isOpening);
        return HexFormat.of().formatHex(out.toBytes());
    }

    private static void change(ShardState state, Random random) {
        long id = 1L + random.nextInt(PARTITIONS);
        Partition partition = state.partition(id);
        switch (random.nextInt(10)) {
            case 0 -> new ControlRecord.PartitionOpened(id, KeyRange.ALL).applyTo(state);
            case 1 -> inherit(state, random, PARTITIONS + id);
            case 2 -> new ControlRecord.Truncated(id, partition == null ? 0 : partition.endOffset() / 2).applyTo(state);
            case 3 -> flush(state, partition);
            case 4 -> new ControlRecord.WriterForgotten(1L + random.nextInt(3)).applyTo(state);
            case 5 -> catalog(state, random, id);
            default -> append(state, random, id);
        }
        if (random.nextInt(40) == 0) {
            new ScalingRecord.PartitionSealed(id).applyTo(state);
        }
        if (random.nextInt(40) == 0) {
            new ControlRecord.PartitionDropped(random.nextBoolean() ? id : PARTITIONS + id).applyTo(state);
        }
    }

    private static void append(ShardState state, Random random, long id) {
        Partition partition = state.partition(id);
        if (partition == null) {
            new ControlRecord.PartitionOpened(id, KeyRange.ALL).applyTo(state);
        } else if (!partition.sealed()) {
            long writer = random.nextBoolean() ? 1L + random.nextInt(3) : Long.MIN_VALUE | random.nextInt(3);
            byte[] batch = new BatchBuilder(id, writer, 1, Sequence.NONE, Sequence.of(random.nextInt(1_000)))
                    .add(new byte[random.nextInt(20)])
                    .build(partition.endOffset(), partition.lastStamp() + 1);
            state.apply(partition, batch, 0);
        }
    }

    private static void inherit(ShardState state, Random random, long id) {
        int index = random.nextInt(2);
        KeyRange keys = KeyRange.equalRanges(2).get(index);
        Inheritance.Writer writer = new Inheritance.Writer(1, 2, 7, 3, 1, 41, 5, random.nextLong());
        new ScalingRecord.RangeInherited(
                        id,
                        KeyRange.ALL,
                        random.nextInt(9),
                        index,
                        2,
                        new Inheritance.Range(keys, Long.MIN_VALUE, List.of(writer)))
                .applyTo(state);
    }

    private static void flush(ShardState state, @Nullable Partition partition) {
        if (partition != null && partition.sections().size() > 1) {
            merge(state, partition);
        }
        if (partition != null && partition.flushedOffset() < partition.endOffset()) {
            ChunkId chunk = new ChunkId(1, 1 + state.partitions().size() + partition.endOffset());
            ChunkSection section = new ChunkSection(
                    chunk, partition.id(), partition.flushedOffset(), partition.endOffset(), 9, 100, 200, 300, 28);
            new ControlRecord.ChunksAdded(List.of(section)).applyTo(state);
        }
    }

    private static void merge(ShardState state, Partition partition) {
        ChunkSection first = partition.sections().get(0);
        ChunkSection second = partition.sections().get(1);
        ChunkSection merged = new ChunkSection(
                new ChunkId(2, second.endOffset()),
                partition.id(),
                first.baseOffset(),
                second.endOffset(),
                9,
                100,
                400,
                500,
                28);
        new ControlRecord.SectionsReplaced(List.of(new Replacement(first.baseOffset(), merged))).applyTo(state);
    }

    private static void catalog(ShardState state, Random random, long id) {
        StreamName name = StreamName.parse("shop/stream-" + random.nextInt(5));
        List<ControlRecord> records = new ArrayList<>();
        records.add(new CatalogRecord.ScopeCreated("shop"));
        switch (random.nextInt(6)) {
            case 0 -> {
                records.add(new CatalogRecord.StreamCreating(
                        new StreamDescription(name, List.of(new PartitionDescription(100 + id, 0, KeyRange.ALL)))));
                records.add(new CatalogRecord.StreamCreated(name));
            }
            case 1 -> records.add(new CatalogRecord.StreamDeleting(name));
            case 2 -> records.add(new CatalogRecord.WriterAdmitted(CatalogState.writerKey(name, "w"), id, 3));
            case 3 -> records.add(new ControlRecord.WriterRaised(id, random.nextInt(9)));
            case 4 -> {
                SortedMap<Long, Long> offsets = new TreeMap<>(Map.of(id, (long) random.nextInt(99)));
                records.add(new CatalogRecord.Consumed(name, "subscriber", offsets));
            }
            default ->
                records.add(
                        new ControlRecord.PartitionClaimed(id, new Claim(id, random.nextInt(9), random.nextInt(9))));
        }
        records.forEach(step -> step.applyTo(state));
    }

    /** No task of the shard looks at more partitions than a slice, however many there are. */
    @Test
    void aSliceIsBoundedWhateverTheStateIs() {
        for (int partitions : new int[] {1_000, 50_000}) {
            ShardState state = newState();
            for (long id = 1; id <= partitions; id++) {
                state.open(id, KeyRange.ALL);
            }
            CheckpointCapture capture = CheckpointCapture.begin(state, 0);
            int slices = 0;
            boolean done = false;
            while (!done) {
                int before = captured(state);
                done = capture.slice();
                slices++;
                if (partitions == 1_000 || slices % 40 == 1) {
                    assertThat(captured(state) - before).isLessThanOrEqualTo(CheckpointCapture.SLICE_PARTITIONS);
                }
            }
            assertThat(slices).isGreaterThanOrEqualTo(partitions / CheckpointCapture.SLICE_PARTITIONS);
            assertThat(captured(state)).isEqualTo(partitions);
        }
    }

    private static int captured(ShardState state) {
        int captured = 0;
        for (Partition partition : state.partitions().values()) {
            captured += partition.capture() == null ? 1 : 0;
        }
        return captured;
    }

    /** A checkpoint of several windows of parts, with appends between them, is found by the next recovery. */
    @Test
    void aLargeCheckpointIsWrittenBetweenAppends() {
        SimulatedLog log = new SimulatedLog(
                1, new LogOptions().setJournalFileBytes(64 << 10).setTailBytes(64 << 10), 1);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions().setPartitions(2_000));
        for (int i = 0; i < 400; i++) {
            log.get(log.append(stream.partitions().get(i * 5), 2_000));
        }
        int state = log.ask(0, shard -> CheckpointCapture.encode(shard.state()).length);
        assertThat(state).as("bytes of a checkpoint").isGreaterThan(64 << 10);
        log.crash();
        for (int i = 0; i < 400; i += 37) {
            assertThat(log.bytes(stream.partitions().get(i * 5))).isEqualTo(SimulatedLog.batchBytes(2_000));
        }
    }
}
