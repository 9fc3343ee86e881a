package io.strandline.processing.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * What a running pipeline knows about its checkpoints.
 *
 * @param taken number of checkpoints that this run took
 * @param last the newest checkpoint, which may be that of an earlier run, or null if there is none
 * @param lastMillis how long the newest one of this run took from the first cut until it was durable, 0 if there is none
 * @param lastBytes bytes that were written for that one. A checkpoint writes the keys that have changed, and all keys of some groups
 * @param lastChangedKeys number of keys that had changed since the one before
 * @param pauses how long the cuts of this run held the contexts of its tasks
 * @param restored the checkpoint that this run started from, or null if it started from the beginning
 * @param damaged number of newer checkpoints that were passed over at start because they were not whole
 */
public record CheckpointStatistics(
        long taken,
        @Nullable Checkpoint last,
        long lastMillis,
        long lastBytes,
        long lastChangedKeys,
        Pauses pauses,
        @Nullable Checkpoint restored,
        int damaged) {

    /**
     * How long cuts held the contexts of tasks. A task processes no event meanwhile. A checkpoint that finds nothing new is not counted.
     *
     * @param cuts number of cuts: one for each task in each checkpoint
     * @param medianNanos what half of them did not exceed. It and the 99th percentile are at most 1/32 above the exact value, and never below
     * @param p99Nanos what 99 % of them did not exceed
     * @param longestNanos the longest, exactly. Each is 0 if there was no cut
     */
    public record Pauses(long cuts, long medianNanos, long p99Nanos, long longestNanos) {

        /** No cut. */
        public static final Pauses NONE = new Pauses(0, 0, 0, 0);
    }
}
