package io.strandline.processing.pipeline.impl.checkpoint;

/**
 * The snapshot files of one run.
 *
 * @param work runs what touches files, one piece of work at a time
 * @param epoch number of the run, which is part of the names of its files
 */
public record RunSnapshots(SnapshotDirectory directory, FileWork work, long epoch) {}
