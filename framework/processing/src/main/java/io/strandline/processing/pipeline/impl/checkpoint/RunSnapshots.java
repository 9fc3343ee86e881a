package io.strandline.processing.pipeline.impl.checkpoint;

/**
 * The snapshots of a pipeline, and what one run of it takes.
 *
 * @param kept those of all its runs
 * @param epoch number of the run, which is part of the names of its snapshots
 */
public record RunSnapshots(PipelineSnapshots kept, long epoch) {}
