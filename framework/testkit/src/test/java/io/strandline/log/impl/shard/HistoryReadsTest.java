package io.strandline.log.impl.shard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Direction;
import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.log.impl.chunk.BatchRun;
import io.strandline.log.impl.chunk.ChunkFormat;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.ChunkWriter;
import io.strandline.log.impl.chunk.HashFunction;
import io.strandline.log.impl.chunk.KeyIndexBuilder;
import io.strandline.log.impl.chunk.MemoryChunkStorage;
import io.strandline.log.impl.chunk.TestBatches;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The history of a key across chunks and memory, under truncation, against a list of all events (T5). */
class HistoryReadsTest {

    private static final long PARTITION = 3;

    private final MemoryChunkStorage storage = new MemoryChunkStorage();
    private final ArrayDeque<Runnable> reads = new ArrayDeque<>();
    private final ShardState state = new ShardState(0, chunk -> storage.delete(chunk.objectName()));
    private final List<TestBatches.Event> model = new ArrayList<>();
    private HashFunction hashes = KeyHash::of;
    private HistoryReads history = reads();
    private int chunks;

    HistoryReadsTest() {
        state.open(PARTITION, KeyRange.ALL);
    }

    private HistoryReads reads() {
        return new HistoryReads(state, new ChunkReader(storage, hashes), reads::add, Runnable::run);
    }

    private Partition partition() {
        return Objects.requireNonNull(state.partition(PARTITION));
    }

    private void append(BatchRun batches) {
        for (int i = 0; i < batches.size(); i++) {
            state.apply(partition(), batches.array(i), batches.at(i));
        }
        model.addAll(TestBatches.events(batches));
    }

    private void appendEvents(String key, int count) {
        BatchRun batches = new BatchRun();
        for (int i = 0; i < count; i++) {
            batches.add(
                    TestBatches.to(PARTITION)
                            .add(key, new byte[10])
                            .build(partition().endOffset() + i, 5),
                    0);
        }
        append(batches);
    }

    private void flush() {
        if (!partition().tail().isEmpty()) {
            ChunkId chunk = new ChunkId(1, ++chunks);
            ChunkWriter.Draft draft =
                    new ChunkWriter.Draft(PARTITION, partition().tail().copy());
            state.addSections(
                    storage.put(chunk.objectName(), new ChunkWriter(chunk, List.of(draft), new KeyIndexBuilder(hashes)))
                            .result());
        }
    }

    private void truncate(long offset) {
        state.truncate(PARTITION, offset);
        model.removeIf(event -> event.offset() < offset);
    }

    private Future<HistorySlice> slice(HistoryRequest request) {
        Future<HistorySlice> slice = history.read(PARTITION, request);
        while (!reads.isEmpty()) {
            reads.remove().run();
        }
        assertThat(slice.isComplete()).isTrue();
        return slice;
    }

    private List<TestBatches.Event> read(String key, long from, long to, Direction direction, int bytes) {
        HistoryRequest request = new HistoryRequest(key.getBytes(UTF_8), from, to, direction, bytes);
        List<TestBatches.Event> events = new ArrayList<>();
        HistorySlice slice;
        do {
            Future<HistorySlice> answer = slice(request);
            assertThat(answer.cause()).isNull();
            slice = answer.result();
            events.addAll(TestBatches.eventsOf(slice));
            request = request.after(slice);
        } while (!slice.isLast());
        return events;
    }

    private List<TestBatches.Event> expected(String key, long from, long to, Direction direction) {
        List<TestBatches.Event> events = new ArrayList<>(model.stream()
                .filter(event -> key.equals(event.key()) && event.offset() >= from && event.offset() < to)
                .toList());
        if (direction == Direction.BACKWARD) {
            Collections.reverse(events);
        }
        return events;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void every_key_has_the_events_that_are_kept(long seed) {
        Random random = new Random(seed);
        if (seed % 3 == 0) {
            hashes = (bytes, from, length) -> length % 3;
            history = reads();
        }
        for (int step = 0; step < 60; step++) {
            switch (random.nextInt(5)) {
                case 0, 1 ->
                    append(TestBatches.randomRun(
                            random,
                            PARTITION,
                            partition().endOffset(),
                            1 + random.nextInt(40),
                            1 + random.nextInt(300)));
                case 2 -> flush();
                case 3 -> {
                    if (random.nextInt(4) == 0) {
                        truncate(random.nextLong(
                                partition().startOffset(), partition().endOffset() + 1));
                    }
                }
                default -> readSome(random);
            }
        }
        flush();
        readSome(random);
    }

    private void readSome(Random random) {
        for (Direction direction : Direction.values()) {
            String key = "key-" + random.nextInt(100);
            int bytes = 1 + random.nextInt(2000);
            assertThat(read(key, HistoryRequest.START, HistoryRequest.END, direction, bytes))
                    .isEqualTo(expected(key, 0, Long.MAX_VALUE, direction));
            long from = random.nextLong(partition().startOffset(), partition().endOffset() + 1);
            long to = random.nextLong(from, partition().endOffset() + 1);
            assertThat(read(key, from, to, direction, bytes)).isEqualTo(expected(key, from, to, direction));
        }
    }

    @Test
    void memory_is_scanned_in_parts() {
        appendEvents("a", 10);
        appendEvents("b", HistoryReads.MAX_TAIL_BATCHES * 2);
        appendEvents("a", 10);
        for (Direction direction : Direction.values()) {
            assertThat(read("a", HistoryRequest.START, HistoryRequest.END, direction, 1 << 20))
                    .isEqualTo(expected("a", 0, Long.MAX_VALUE, direction))
                    .hasSize(20);
        }
    }

    @Test
    void a_slice_looks_at_a_bounded_number_of_sections() {
        appendEvents("a", 1);
        flush();
        for (int i = 0; i < HistoryReads.MAX_STEPS + 5; i++) {
            appendEvents("b", 1);
            flush();
        }
        HistoryRequest request = new HistoryRequest(
                "a".getBytes(UTF_8), HistoryRequest.START, HistoryRequest.END, Direction.BACKWARD, 1 << 20);
        HistorySlice first = slice(request).result();
        assertThat(first.events()).isEmpty();
        assertThat(first.isLast()).isFalse();
        HistorySlice second = slice(request.after(first)).result();
        assertThat(second.events()).hasSize(1);
        assertThat(second.isLast()).isTrue();
    }

    private static HistoryRequest all(String key, Direction direction, int bytes) {
        return new HistoryRequest(key.getBytes(UTF_8), HistoryRequest.START, HistoryRequest.END, direction, bytes);
    }

    /** Runs held reads one by one; returns how many were under way at once at most. */
    private static int runHeld(ArrayDeque<Runnable> held) {
        int most = 0;
        while (!held.isEmpty()) {
            most = Math.max(most, held.size());
            held.remove().run();
        }
        return most;
    }

    @ParameterizedTest
    @EnumSource
    void after_the_first_section_two_are_read_at_a_time(Direction direction) {
        ArrayDeque<Runnable> held = new ArrayDeque<>();
        for (int i = 0; i < 6; i++) {
            appendEvents("a", 3);
            flush();
        }
        storage.holdReads(held);
        Future<HistorySlice> slice = history.read(PARTITION, all("a", direction, 1 << 20));
        assertThat(held).as("reads of the first section").hasSize(1);
        assertThat(runHeld(held)).isEqualTo(2);
        assertThat(TestBatches.eventsOf(slice.result())).isEqualTo(expected("a", 0, Long.MAX_VALUE, direction));
        assertThat(slice.result().isLast()).isTrue();
        assertThat(storage.reads())
                .as("index, directory, leaf and page of each section")
                .isEqualTo(6 * 4);
    }

    @Test
    void a_slice_that_ends_in_its_first_section_reads_no_other() {
        ArrayDeque<Runnable> held = new ArrayDeque<>();
        for (int i = 0; i < 3; i++) {
            appendEvents("a", 3);
            flush();
        }
        storage.holdReads(held);
        Future<HistorySlice> slice = history.read(PARTITION, all("a", Direction.FORWARD, 1));
        assertThat(runHeld(held)).isEqualTo(1);
        assertThat(slice.result().events()).hasSize(1);
        assertThat(storage.reads()).isEqualTo(4);
    }

    @Test
    void a_section_that_was_read_ahead_and_then_replaced_is_read_again() {
        ArrayDeque<Runnable> held = new ArrayDeque<>();
        for (int i = 0; i < 3; i++) {
            appendEvents("a", 2);
            flush();
        }
        storage.holdReads(held);
        Future<HistorySlice> slice = history.read(PARTITION, all("a", Direction.FORWARD, 1 << 20));
        while (held.size() < 2) {
            held.remove().run();
        }
        // The third section is being read ahead; its chunk goes, and the same events come in another.
        List<ChunkSection> sections = partition().sections();
        ChunkSection third = sections.get(2);
        ChunkId merged = new ChunkId(2, 1);
        BatchRun batches = new BatchRun();
        for (long offset = third.baseOffset(); offset < third.endOffset(); offset++) {
            batches.add(TestBatches.to(PARTITION).add("a", new byte[10]).build(offset, 5), 0);
        }
        ChunkSection replacing = storage.put(
                        merged.objectName(),
                        new ChunkWriter(
                                merged,
                                List.of(new ChunkWriter.Draft(PARTITION, batches)),
                                new KeyIndexBuilder(hashes)))
                .result()
                .get(0);
        sections.set(2, replacing);
        storage.delete(third.chunk().objectName());
        runHeld(held);
        assertThat(TestBatches.eventsOf(slice.result())).isEqualTo(expected("a", 0, Long.MAX_VALUE, Direction.FORWARD));
    }

    @Test
    void sections_without_the_key_cost_no_task_once_their_directories_are_known() {
        int[] tasks = new int[1];
        HistoryReads counted = new HistoryReads(state, new ChunkReader(storage, hashes), reads::add, task -> {
            tasks[0]++;
            task.run();
        });
        for (int i = 0; i < 20; i++) {
            appendEvents("b", 1);
            flush();
        }
        assertThat(counted.read(PARTITION, all("b", Direction.FORWARD, 1 << 20))
                        .result()
                        .events())
                .hasSize(20);
        tasks[0] = 0;
        assertThat(counted.read(PARTITION, all("a", Direction.FORWARD, 1 << 20))
                        .result()
                        .events())
                .isEmpty();
        assertThat(tasks[0]).isZero();
    }

    @Test
    void events_that_were_removed_fail_a_forward_read_and_end_a_backward_one() {
        for (int i = 0; i < 4; i++) {
            appendEvents("a", 10);
            flush();
        }
        HistoryRequest forward = new HistoryRequest("a".getBytes(UTF_8), 0, 40, Direction.FORWARD, 1);
        HistoryRequest backward = new HistoryRequest("a".getBytes(UTF_8), 0, 40, Direction.BACKWARD, 1);
        HistoryRequest forwardLeft = forward.after(slice(forward).result());
        HistoryRequest backwardLeft = backward.after(slice(backward).result());
        truncate(25);
        assertThat(slice(forwardLeft).cause())
                .isInstanceOf(StrandlineException.Truncated.class)
                .hasMessageContaining("offset 1 of partition 3")
                .hasMessageContaining("starts at 25");
        assertThat(read("a", backwardLeft.from(), backwardLeft.to(), Direction.BACKWARD, 1))
                .isEqualTo(expected("a", 25, 39, Direction.BACKWARD))
                .hasSize(14);
        truncate(40);
        assertThat(slice(backwardLeft).result().isLast()).isTrue();
    }

    @Test
    void what_vanishes_under_a_read_is_explained_by_the_state() {
        appendEvents("a", 10);
        flush();
        appendEvents("a", 10);
        HistoryRequest request = new HistoryRequest("a".getBytes(UTF_8), 0, 20, Direction.BACKWARD, 1 << 20);
        // Memory is scanned first. Before the chunk is read, the partition is truncated or dropped.
        Future<HistorySlice> truncated = history.read(PARTITION, request);
        truncate(10);
        reads.remove().run();
        assertThat(truncated.result().events()).hasSize(10);
        assertThat(truncated.result().isLast()).isTrue();
        Future<HistorySlice> dropped = history.read(PARTITION, request);
        state.drop(PARTITION);
        reads.remove().run();
        assertThat(dropped.cause()).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(slice(request).cause()).isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void a_lost_chunk_is_unavailable_and_a_damaged_one_corrupt() throws Exception {
        appendEvents("a", 10);
        flush();
        String name = new ChunkId(1, 1).objectName();
        byte[] bytes = storage.bytes(name);
        storage.delete(name);
        HistoryRequest request = new HistoryRequest("a".getBytes(UTF_8), 0, 10, Direction.FORWARD, 1);
        assertThat(slice(request).cause()).isInstanceOf(StrandlineException.Unavailable.class);
        byte[] damaged = bytes.clone();
        damaged[ChunkFormat.HEADER_BYTES + ChunkFormat.BLOCK_HEADER_BYTES + Batch.HEADER_BYTES] ^= 1;
        storage.replace(name, damaged);
        assertThat(slice(request).cause())
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("page checksum");
        storage.replace(name, bytes);
        assertThat(slice(request).result().events()).hasSize(1);
    }

    @Test
    void offsets_outside_of_the_partition_are_invalid() {
        appendEvents("a", 10);
        assertThat(slice(new HistoryRequest(new byte[] {'a'}, 0, 11, Direction.FORWARD, 1))
                        .cause())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("0 to 11");
        assertThat(slice(new HistoryRequest(new byte[] {'a'}, 11, HistoryRequest.END, Direction.FORWARD, 1))
                        .cause())
                .isInstanceOf(StrandlineException.Invalid.class);
    }
}
