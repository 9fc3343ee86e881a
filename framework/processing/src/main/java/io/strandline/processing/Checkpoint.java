package io.strandline.processing;

import io.strandline.StreamCut;

/**
 * A durable cut through a pipeline's source together with the state that belongs to it.
 *
 * @param number number of the checkpoint in its pipeline, from 1; rises over restarts too
 * @param epoch generation of the run that took it
 * @param version version of the pipeline that took it
 * @param cut for each partition of the source the offset behind the last event that is part of the state
 * @param keys number of keys in the state
 * @param bytes length of all its snapshot files
 */
public record Checkpoint(long number, long epoch, int version, StreamCut cut, long keys, long bytes) {}
