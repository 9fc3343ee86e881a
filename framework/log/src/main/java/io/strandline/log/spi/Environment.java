package io.strandline.log.spi;

import java.util.concurrent.Executor;
import java.util.function.IntFunction;

/**
 * Everything outside a log that its shards use. A shard itself has no thread, clock or file.
 *
 * @param disk the data directory
 * @param clock time
 * @param timers delays
 * @param shards for each shard the executor on which it runs. Runs one task after the other, in order
 * @param journals for each shard the executor of its blocking journal I/O. Runs one task after the other, in order
 * @param chunks for each shard the executor that writes and deletes its chunks. Runs one task after the other, in order
 * @param compactions the executor that merges chunks, of all shards. Runs one task after the other
 * @param reads the executor of blocking chunk reads. Tasks may run concurrently
 * @param preparations the executor that prepares journal files. Neither reads nor chunks may wait for it. Has at most one
 *     task of each shard at a time
 * @param rules {@link LogRules#STANDARD}, except in tests of the rules themselves
 */
public record Environment(
        Disk disk,
        Clock clock,
        Timers timers,
        IntFunction<ShardExecutor> shards,
        IntFunction<Executor> journals,
        IntFunction<Executor> chunks,
        Executor compactions,
        Executor reads,
        Executor preparations,
        LogRules rules) {

    /** The same with another disk. */
    public Environment on(Disk other) {
        return new Environment(other, clock, timers, shards, journals, chunks, compactions, reads, preparations, rules);
    }
}
