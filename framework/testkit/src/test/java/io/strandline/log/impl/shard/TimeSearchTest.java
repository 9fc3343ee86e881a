package io.strandline.log.impl.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.internal.KeyHash;
import io.strandline.log.CrashChild;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.chunk.ChunkFormat;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.impl.chunk.ChunkWriter;
import io.strandline.log.impl.chunk.KeyIndexBuilder;
import io.strandline.log.impl.chunk.MemoryChunkStorage;
import io.strandline.log.impl.chunk.TestBatches;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.spi.Batch;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first event at or after a time, in chunks and in memory, against a map of all stamps. */
class TimeSearchTest {

    private static final long PARTITION = 3;

    private final MemoryChunkStorage storage = new MemoryChunkStorage();
    private final ShardState state = new ShardState(0, chunk -> storage.delete(chunk.objectName()));
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final TimeSearch times = new TimeSearch(state, new ChunkReader(storage), tasks::add);

    /** Offset → stamp of its event. */
    private final TreeMap<Long, Long> model = new TreeMap<>();

    private long stamp = 10_000;
    private int chunks;

    TimeSearchTest() {
        state.open(PARTITION, KeyRange.ALL);
    }

    private Partition partition() {
        return Objects.requireNonNull(state.partition(PARTITION));
    }

    private void append(Random random, int batches) {
        for (int i = 0; i < batches; i++) {
            // Many batches have one stamp, and some are far apart.
            stamp += random.nextInt(4) == 0 ? random.nextInt(1_000) : random.nextInt(2);
            int count = 1 + random.nextInt(4);
            var batch = TestBatches.to(PARTITION);
            for (int event = 0; event < count; event++) {
                model.put(partition().endOffset() + event, stamp);
                batch.add(new byte[random.nextInt(4_000)]);
            }
            byte[] bytes = batch.build(partition().endOffset(), stamp);
            assertThat(Batch.count(bytes, 0)).isEqualTo(count);
            state.apply(partition(), bytes, 0);
        }
    }

    private void flush() {
        ChunkId chunk = new ChunkId(1, ++chunks);
        ChunkWriter.Draft draft =
                new ChunkWriter.Draft(PARTITION, partition().tail().copy());
        state.addSections(storage.put(
                        chunk.objectName(), new ChunkWriter(chunk, List.of(draft), new KeyIndexBuilder(KeyHash::of)))
                .result());
    }

    private long expected(long at) {
        return model.entrySet().stream()
                .filter(entry -> entry.getKey() >= partition().startOffset() && entry.getValue() >= at)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(partition().endOffset());
    }

    private Future<Long> search(long at) {
        Future<Long> found = times.offsetAt(PARTITION, at);
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
        return found;
    }

    private void checkAll(Random random) {
        for (int i = 0; i < 100; i++) {
            long at = 9_990 + random.nextLong(stamp - 9_980);
            int readsBefore = storage.reads();
            assertThat(search(at).result()).as("at %s", at).isEqualTo(expected(at));
            assertThat(storage.reads() - readsBefore).isLessThanOrEqualTo(2);
        }
        assertThat(search(Long.MIN_VALUE).result()).isEqualTo(partition().startOffset());
        assertThat(search(stamp).result()).isEqualTo(expected(stamp));
        assertThat(search(stamp + 1).result()).isEqualTo(partition().endOffset());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void agrees_with_a_map_of_all_stamps(int seed) {
        Random random = new Random(seed);
        checkAll(random);
        for (int round = 0; round < 8; round++) {
            append(random, 1 + random.nextInt(60));
            if (random.nextInt(4) > 0) {
                flush();
            }
            checkAll(random);
            if (random.nextInt(3) == 0) {
                state.truncate(
                        PARTITION,
                        random.nextLong(partition().startOffset(), partition().endOffset() + 1));
                checkAll(random);
            }
        }
    }

    @Test
    void a_chunk_that_is_removed_under_the_search_leads_to_the_next() {
        Random random = new Random(7);
        append(random, 10);
        flush();
        long second = partition().endOffset();
        append(random, 10);
        flush();
        Future<Long> found = times.offsetAt(PARTITION, 0);
        storage.delete(new ChunkId(1, 1).objectName());
        Future<Long> failed = times.offsetAt(PARTITION, 0);
        state.truncate(PARTITION, second);
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
        assertThat(found.result()).isEqualTo(second);
        assertThat(failed.result()).isEqualTo(second);
        Future<Long> dropped = times.offsetAt(PARTITION, 0);
        state.drop(PARTITION);
        assertThat(search(0).cause()).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(dropped.isComplete()).isTrue();
    }

    @Test
    void a_lost_chunk_is_unavailable_and_a_damaged_one_corrupt() throws IOException {
        append(new Random(8), 10);
        flush();
        String name = new ChunkId(1, 1).objectName();
        byte[] bytes = storage.bytes(name);
        storage.delete(name);
        assertThat(search(0).cause()).isInstanceOf(StrandlineException.Unavailable.class);
        byte[] damaged = bytes.clone();
        damaged[ChunkFormat.HEADER_BYTES + ChunkFormat.BLOCK_HEADER_BYTES + Batch.HEADER_BYTES] ^= 1;
        storage.replace(name, damaged);
        assertThat(search(0).cause()).isInstanceOf(StrandlineException.Corrupt.class);
        storage.replace(name, bytes);
        assertThat(search(0).result()).isZero();
    }

    @Test
    void a_log_answers_through_its_port_after_a_restart_too() {
        SimulatedLog log = new SimulatedLog(3, CrashChild.options(), 2);
        StreamDescription stream = log.createStream("shop/orders", new StreamOptions());
        PartitionDescription only = stream.partitions().get(0);
        long middle = 0;
        for (int i = 0; i < 600; i++) {
            if (i == 300) {
                log.scheduler().advanceMillis(3_600_000);
                middle = log.scheduler().wallMillis() - 1_800_000;
            }
            log.get(log.append(only, 1_000));
        }
        assertThat(log.chunks()).isNotEmpty();
        assertThat(log.get(log.port().offsetAt(only, middle))).isEqualTo(300);
        log.crash();
        assertThat(log.get(log.port().offsetAt(only, middle))).isEqualTo(300);
        assertThat(log.get(log.port().offsetAt(only, 0))).isZero();
        assertThat(log.get(log.port().offsetAt(only, Long.MAX_VALUE))).isEqualTo(600);
        assertThat(log.failure(log.port().offsetAt(new PartitionDescription(77, 0, KeyRange.ALL), 0)))
                .isInstanceOf(StrandlineException.NotFound.class);
    }
}
