package io.strandline.benchmarks;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts of latencies in buckets less than 1 % wide: {@value #STEPS} linear steps for every power of two nanoseconds.
 * One thread records, any thread may read.
 */
public final class Latencies {

    private static final int STEP_BITS = 7;
    private static final int STEPS = 1 << STEP_BITS;
    private static final double NANOS_PER_MILLI = 1e6;

    private final AtomicLongArray counts = new AtomicLongArray((Long.SIZE - STEP_BITS) << STEP_BITS);
    private volatile boolean open;

    /** Starts to count again. Latencies that were recorded before the window are dropped. */
    public void open() {
        for (int bucket = 0; bucket < counts.length(); bucket++) {
            counts.set(bucket, 0);
        }
        open = true;
    }

    /** Stops counting: what is recorded after the window is dropped. */
    public void close() {
        open = false;
    }

    /** Records one latency. Called by one thread. */
    public void record(long nanos) {
        if (open) {
            int bucket = bucket(Math.max(0, nanos));
            counts.lazySet(bucket, counts.getPlain(bucket) + 1);
        }
    }

    /** The latency in milliseconds that {@code fraction} of all do not exceed. NaN when nothing was recorded. */
    public double millisAt(double fraction) {
        long total = 0;
        for (int bucket = 0; bucket < counts.length(); bucket++) {
            total += counts.get(bucket);
        }
        long rank = (long) Math.ceil(total * fraction);
        long seen = 0;
        for (int bucket = 0; bucket < counts.length(); bucket++) {
            seen += counts.get(bucket);
            if (seen >= rank && seen > 0) {
                return middle(bucket) / NANOS_PER_MILLI;
            }
        }
        return Double.NaN;
    }

    /** Values below STEPS have a bucket each. Above that, the top STEP_BITS + 1 bits select the bucket. */
    private static int bucket(long nanos) {
        if (nanos < STEPS) {
            return (int) nanos;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - STEP_BITS;
        return (shift << STEP_BITS) + (int) (nanos >>> shift);
    }

    private static double middle(int bucket) {
        if (bucket < STEPS) {
            return bucket;
        }
        int shift = (bucket >>> STEP_BITS) - 1;
        long low = (long) (bucket - (shift << STEP_BITS)) << shift;
        return low + (1L << shift) / 2.0;
    }
}
