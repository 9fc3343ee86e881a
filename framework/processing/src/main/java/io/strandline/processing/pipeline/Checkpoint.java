package io.strandline.processing.pipeline;

import io.strandline.StreamCut;

/**
 * A durable cut through a pipeline's source together with the state that belongs to it.
 *
 * @param number number of the checkpoint in its pipeline, from 1; rises over restarts too
 * @param epoch generation of the run that took it
 * @param version version of the pipeline that took it
 * @param cut for each partition of the source the offset behind the last event that is part of the state; a sealed one is
 *     named at its end until those that took over from it stand in the checkpoint
 * @param keys number of keys in the state; while only some of the partitions that took over from a sealed one have begun, the
 *     keys of those count twice
 * @param bytes length of all its snapshot files
 */
public record Checkpoint(long number, long epoch, int version, StreamCut cut, long keys, long bytes) {}
