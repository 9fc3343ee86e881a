package io.strandline.spi.watch;

/**
 * Figures of a shard at one moment, for those who watch a log. What counts up begins with 0 when the shard recovers, apart from
 * the events.
 *
 * @param shard number of the shard
 * @param recoveries how often it was recovered since the log was opened, the opening included
 * @param recoveryNanos how long the newest recovery took, in nanoseconds
 * @param recoveredFrames journal frames that the newest recovery applied
 * @param forces forces of its journal
 * @param forcedBytes bytes that they made durable
 * @param forceNanos how long they took together, in nanoseconds
 * @param recentMaxForceNanos how long the longest of the last half minute to minute took, in nanoseconds
 * @param unforcedBytes bytes that wait for a force
 * @param journalFiles journal files that are needed
 * @param checkpointAgeMillis time since the newest journal checkpoint, or since the recovery, in milliseconds
 * @param partitions partitions that it holds
 * @param appendedEvents events that were ever appended to these partitions
 * @param storedEvents those of them that were not removed
 * @param tailBytes bytes of events that are in memory and in no chunk yet
 * @param chunks chunk files
 * @param chunkBytes their length in bytes
 * @param deadChunkBytes bytes in them that nothing needs any more
 * @param isFull true if the disk has no room for its events, and appends are refused
 */
public record ShardStatistics(
        int shard,
        long recoveries,
        long recoveryNanos,
        long recoveredFrames,
        long forces,
        long forcedBytes,
        long forceNanos,
        long recentMaxForceNanos,
        long unforcedBytes,
        int journalFiles,
        long checkpointAgeMillis,
        int partitions,
        long appendedEvents,
        long storedEvents,
        long tailBytes,
        int chunks,
        long chunkBytes,
        long deadChunkBytes,
        boolean isFull) {}
