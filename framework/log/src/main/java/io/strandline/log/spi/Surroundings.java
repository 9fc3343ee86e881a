package io.strandline.log.spi;

import java.util.concurrent.Executor;
import java.util.function.IntFunction;

/**
 * Everything outside a log that its shards touch: a shard itself has no thread, clock or file.
 *
 * @param disk the data directory
 * @param clock time
 * @param timers delays
 * @param shards for each shard the executor on which it runs; runs one task after the other, in order
 * @param journals for each shard the executor of its blocking journal I/O; one task after the other, in order
 * @param chunks for each shard the executor that writes and deletes its chunks; one task after the other, in order
 * @param reads the executor of blocking chunk reads and of the preparation of files; tasks may run beside each other
 * @param safeguards {@link Safeguards#ALL}, except in tests of the checks themselves
 */
public record Surroundings(
        Disk disk,
        Clock clock,
        Timers timers,
        IntFunction<ShardExecutor> shards,
        IntFunction<Executor> journals,
        IntFunction<Executor> chunks,
        Executor reads,
        Safeguards safeguards) {}
