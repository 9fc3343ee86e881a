package io.strandline.log.impl.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.impl.chunk.ChunkWriter;
import io.strandline.log.impl.chunk.KeyIndexBuilder;
import io.strandline.log.impl.chunk.MemoryChunkStorage;
import io.strandline.log.impl.chunk.TestBatches;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.impl.state.Waiter;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a wait costs: whoever serves it does not pace it, as it does reads. */
class AwaitedReadsTest {

    private static final long PARTITION = 3;
    private static final int MAX_BYTES = 1 << 20;

    private final MemoryChunkStorage storage = new MemoryChunkStorage();
    private final ShardState state = new ShardState(0, chunk -> storage.delete(chunk.objectName()));
    private final PartitionReads reads = new PartitionReads(state, new ChunkReader(storage), Runnable::run);

    AwaitedReadsTest() {
        state.open(PARTITION, KeyRange.ALL);
    }

    private Partition partition() {
        return Objects.requireNonNull(state.partition(PARTITION));
    }

    private void append() {
        state.apply(
                partition(),
                TestBatches.to(PARTITION).add(new byte[100]).build(partition().endOffset(), 5),
                0);
    }

    private void flush() {
        ChunkId chunk = new ChunkId(1, 1);
        ChunkWriter.Draft draft =
                new ChunkWriter.Draft(PARTITION, partition().tail().copy());
        state.addSections(storage.put(
                        chunk.objectName(), new ChunkWriter(chunk, List.of(draft), new KeyIndexBuilder(KeyHash::of)))
                .result());
    }

    private Future<ReadSlice> waitAt(long offset) {
        Waiter waiter = new Waiter(offset, MAX_BYTES, Promise.promise());
        reads.await(PARTITION, waiter);
        return waiter.promise().future();
    }

    @Test
    void a_wait_before_what_is_in_memory_reads_no_storage_and_tells_the_end() {
        append();
        append();
        flush();
        append();
        int before = storage.reads();
        for (int i = 0; i < 1_000; i++) {
            assertThat(waitAt(i % 2).result()).isEqualTo(new ReadSlice(0, 3, false, List.of()));
        }
        assertThat(storage.reads()).isEqualTo(before);
        assertThat(reads.read(PARTITION, 0, MAX_BYTES).result().isEmpty()).isFalse();
        assertThat(storage.reads()).isGreaterThan(before);
    }

    @Test
    void a_wait_in_memory_has_its_events_and_one_at_the_end_the_next_ones() {
        append();
        flush();
        append();
        assertThat(waitAt(1).result().segments()).hasSize(1);
        Future<ReadSlice> atEnd = waitAt(2);
        assertThat(atEnd.isComplete()).isFalse();
        append();
        reads.wake(partition());
        assertThat(atEnd.result().endOffset()).isEqualTo(3);
        assertThat(atEnd.result().segments()).hasSize(1);
    }

    @Test
    void a_wait_at_what_was_removed_is_truncated() {
        append();
        append();
        flush();
        state.truncate(PARTITION, 1);
        assertThat(waitAt(0).cause()).isInstanceOf(StrandlineException.Truncated.class);
    }
}
