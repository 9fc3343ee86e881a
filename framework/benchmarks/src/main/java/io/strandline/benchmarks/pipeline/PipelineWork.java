package io.strandline.benchmarks.pipeline;

/**
 * What the sides compute.
 *
 * @param keys number of different keys
 * @param eventsPerSecond more than any side computes in a second, so that a source lasts for a run
 */
public record PipelineWork(int keys, long eventsPerSecond) {

    /** One output for each event: the sum of its key until now. */
    public static final PipelineWork SUM = new PipelineWork(10_000, 1_600_000);

    /** The number of events of each key in each minute, when the minute is over. */
    public static final PipelineWork WINDOWS = new PipelineWork(100_000, 1_600_000);

    /** As {@link #SUM}, with a million keys. */
    public static final PipelineWork MILLION_KEYS = new PipelineWork(1_000_000, 0);

    static final int PARTITIONS = 16;

    /** Checkpoints, or commits, of every side. */
    public static final long CHECKPOINT_MILLIS = 1_000;
}
