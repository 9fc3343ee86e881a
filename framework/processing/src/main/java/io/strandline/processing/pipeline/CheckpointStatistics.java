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
 * @param longestPauseNanos longest time that a cut held the context of a task
 * @param restored the checkpoint that this run started from, or null if it started from the beginning
 * @param damaged number of newer checkpoints that were passed over at start because they were not whole
 */
public record CheckpointStatistics(
        long taken,
        @Nullable Checkpoint last,
        long lastMillis,
        long lastBytes,
        long lastChangedKeys,
        long longestPauseNanos,
        @Nullable Checkpoint restored,
        int damaged) {}
