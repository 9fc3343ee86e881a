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

    /** Of {@link #MILLION_KEYS}, one of so many goes on changing when all have been met. */
    static final int CHANGING_PART = 20;

    /** Partitions of source and sink. */
    public static final int PARTITIONS = 16;

    /** Steps of a partition after which a checkpoint begins early, where what is repeated has a bound. */
    static final int BOUNDED_EVENTS = 5_000;

    /** The bound: most steps of a partition that are repeated. */
    static final int MOST_REPEATED = 10_000;

    /** Digits of a key. */
    private static final int KEY_DIGITS = 8;

    /** Checkpoints, or commits, of every side. */
    public static final long CHECKPOINT_MILLIS = 1_000;

    /** Key number {@code n}: {@value #KEY_DIGITS} digits after three letters. */
    public static String key(long n) {
        char[] key = new char[3 + KEY_DIGITS];
        key[0] = 'k';
        key[1] = 'e';
        key[2] = 'y';
        long left = n;
        for (int i = key.length - 1; i > 2; i--) {
            key[i] = (char) ('0' + left % 10);
            left /= 10;
        }
        return new String(key);
    }
}
