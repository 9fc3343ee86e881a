package io.strandline.log.spi;

import java.util.concurrent.Executor;
import java.util.function.IntFunction;

/**
 * Everything outside a log that its shards use. A shard itself has no thread, clock or file.
 *
 * @param disk the data directory
 * @param clock time
 * @param timers delays
 * @param shardExecutors for each shard the executor on which it runs. Runs one task after the other, in order
 * @param journalExecutors for each shard the executor of its blocking journal I/O. Runs one task after the other, in order
 * @param chunkExecutors for each shard the executor that writes and deletes its chunks. Runs one task after the other, in order
 * @param compactionExecutor merges chunks, of all shards. Runs one task after the other
 * @param readExecutor reads chunks, blocking. Tasks may run concurrently
 * @param preparationExecutor prepares journal files. Neither reads nor chunks may wait for it. Has at most one task of each
 *     shard at a time
 * @param rules {@link LogRules#STANDARD}, except in tests of the rules themselves
 */
public record Environment(
        Disk disk,
        Clock clock,
        Timers timers,
        IntFunction<ShardExecutor> shardExecutors,
        IntFunction<Executor> journalExecutors,
        IntFunction<Executor> chunkExecutors,
        Executor compactionExecutor,
        Executor readExecutor,
        Executor preparationExecutor,
        LogRules rules) {

    /** The same with another disk. */
    public Environment withDisk(Disk other) {
        return new Environment(
                other,
                clock,
                timers,
                shardExecutors,
                journalExecutors,
                chunkExecutors,
                compactionExecutor,
                readExecutor,
                preparationExecutor,
                rules);
    }
}
