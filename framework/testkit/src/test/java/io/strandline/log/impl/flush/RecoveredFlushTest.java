package io.strandline.log.impl.flush;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.chunk.ChunkNames;
import io.strandline.log.impl.chunk.MemoryChunkStorage;
import org.junit.jupiter.api.Test;

class RecoveredFlushTest {

    /** Else a recovery takes all journal files for unflushed, flushes at once, and its next checkpoint forgets it too. */
    @Test
    void t3_a_flush_after_a_recovery_knows_what_the_checkpoint_says_is_in_chunks() {
        SimulatedLog log = new SimulatedLog(
                14, new LogOptions().setJournalFileBytes(256 << 10).setTailBytes(128 << 10), 1);
        PartitionDescription orders = log.createStream("shop/orders", new StreamOptions().setPartitions(1))
                .partitions()
                .get(0);
        for (int i = 0; i < 200; i++) {
            log.get(log.append(orders, 2_000));
        }
        log.crash();
        assertThat(log.ask(0, shard -> shard.state().unflushedBytes()).longValue())
                .isPositive();
        long flushed = log.ask(0, shard -> new ChunkFlush(
                        shard,
                        shard.state(),
                        new MemoryChunkStorage(),
                        new ChunkNames(1),
                        Long.MAX_VALUE,
                        log.scheduler())
                .flushedUpToFrame());
        assertThat(flushed).isPositive().isLessThan(log.ask(0, shard -> shard.state()
                .appliedFrame()));
    }
}
