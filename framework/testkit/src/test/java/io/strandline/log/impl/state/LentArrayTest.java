package io.strandline.log.impl.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Direction;
import io.strandline.KeyRange;
import io.strandline.log.impl.chunk.BatchRun;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.ChunkWriter;
import io.strandline.log.impl.chunk.MemoryChunkStorage;
import io.strandline.log.impl.chunk.TestBatches;
import io.strandline.log.impl.shard.HistoryReads;
import io.strandline.log.impl.shard.PartitionReads;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.ParcelArrays;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A lent array is given back when its batches are in chunks, and never while somebody may still read it. */
class LentArrayTest {

    private static final long FIRST = 3;
    private static final long SECOND = 4;
    private static final String KEY = "key";

    private final MemoryChunkStorage storage = new MemoryChunkStorage();
    private final ShardState state = new ShardState(0, chunk -> storage.delete(chunk.objectName()));
    private final ChunkReader chunkReader = new ChunkReader(storage);
    private final PartitionReads reads = new PartitionReads(state, chunkReader, Runnable::run);
    private final HistoryReads histories = new HistoryReads(state, chunkReader, Runnable::run, Runnable::run);
    private final ParcelArrays home = new ParcelArrays(10);
    private int chunks;

    LentArrayTest() {
        state.open(FIRST, KeyRange.ALL);
        state.open(SECOND, KeyRange.ALL);
    }

    private Partition partition(long id) {
        return Objects.requireNonNull(state.partition(id));
    }

    /** Applies a parcel with a batch of two events for each of some partitions. */
    private void apply(long... ids) {
        byte[] array = new byte[ParcelArrays.ARRAY_BYTES];
        int number = state.memory.hold(array, ids.length, home);
        int at = 0;
        for (long id : ids) {
            byte[] batch = TestBatches.to(id)
                    .add(KEY, "one".getBytes(UTF_8))
                    .add(KEY, "two".getBytes(UTF_8))
                    .build(partition(id).endOffset(), 5);
            System.arraycopy(batch, 0, array, at, batch.length);
            state.apply(partition(id), number, array, at);
            at += batch.length;
        }
    }

    private List<ChunkSection> write(long... ids) {
        List<ChunkWriter.Draft> drafts = new ArrayList<>();
        for (long id : ids) {
            drafts.add(new ChunkWriter.Draft(id, partition(id).tail.copy()));
        }
        ChunkId chunk = new ChunkId(1, ++chunks);
        return storage.put(chunk.objectName(), new ChunkWriter(chunk, drafts)).result();
    }

    private void flush(long... ids) {
        state.addSections(write(ids));
    }

    @Test
    void it_is_given_back_when_its_last_batch_is_in_a_chunk() {
        apply(FIRST, SECOND);
        apply(FIRST);
        flush(SECOND);
        assertThat(home.kept()).isZero();
        flush(FIRST);
        assertThat(home.kept()).isEqualTo(2);
    }

    @Test
    void each_is_given_back_once_however_many_there_are() {
        for (int i = 0; i < 9; i++) {
            apply(FIRST, SECOND);
        }
        flush(FIRST, SECOND);
        assertThat(home.kept()).isEqualTo(9);
        byte[] one = home.take(ParcelArrays.ARRAY_BYTES);
        for (int i = 1; i < 9; i++) {
            assertThat(home.take(ParcelArrays.ARRAY_BYTES)).isNotSameAs(one);
        }
    }

    @Test
    void one_that_a_reader_was_given_is_never_used_again() {
        apply(FIRST, SECOND);
        apply(FIRST);
        assertThat(reads.read(FIRST, 1, 1).result().segments()).hasSize(1);
        flush(FIRST, SECOND);
        assertThat(home.kept()).isEqualTo(1);
    }

    @Test
    void one_that_a_waiting_reader_was_given_is_never_used_again() {
        Waiter waiter = new Waiter(0, 1_000, Promise.promise());
        reads.await(FIRST, waiter);
        apply(FIRST);
        reads.wake(partition(FIRST));
        assertThat(waiter.promise().future().result().segments()).hasSize(1);
        flush(FIRST);
        assertThat(home.kept()).isZero();
    }

    @Test
    void one_of_which_a_history_has_events_is_never_used_again() {
        apply(FIRST);
        HistoryRequest request = new HistoryRequest(KEY.getBytes(UTF_8), 0, 2, Direction.FORWARD, 1_000);
        assertThat(histories.read(FIRST, request).result().events()).hasSize(2);
        flush(FIRST);
        assertThat(home.kept()).isZero();
    }

    @Test
    void one_that_is_truncated_while_a_chunk_is_written_from_it_is_never_used_again() {
        apply(FIRST, SECOND);
        List<ChunkSection> written = write(FIRST, SECOND);
        state.truncate(FIRST, 2);
        assertThat(home.kept()).isZero();
        state.addSections(written);
        assertThat(home.kept()).isZero();
    }

    @Test
    void one_of_a_partition_that_is_dropped_is_never_used_again() {
        apply(FIRST, SECOND);
        List<ChunkSection> written = write(FIRST, SECOND);
        state.drop(FIRST);
        state.addSections(written);
        assertThat(home.kept()).isZero();
        assertThat(state.memory.held()).isZero();
    }

    @Test
    void what_a_flush_copied_stays_as_it_was_when_the_numbers_of_its_arrays_are_given_to_others() {
        apply(FIRST, SECOND);
        BatchRun copy = partition(FIRST).tail.copy();
        List<TestBatches.Event> before = TestBatches.events(copy);
        flush(FIRST, SECOND);
        apply(SECOND);
        apply(SECOND);
        assertThat(TestBatches.events(copy)).isEqualTo(before);
    }

    @Test
    void memory_holds_no_array_when_its_batches_are_in_chunks_or_truncated() {
        for (int i = 0; i < 100; i++) {
            apply(FIRST, SECOND);
            apply(SECOND);
        }
        assertThat(state.memory.held()).isEqualTo(200);
        state.truncate(FIRST, 150);
        flush(SECOND);
        assertThat(state.memory.held()).isEqualTo(25);
        flush(FIRST);
        assertThat(state.memory.held()).isZero();
        assertThat(state.unflushedBytes()).isZero();
    }
}
