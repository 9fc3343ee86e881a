package io.strandline.processing.pipeline.impl;

import io.strandline.processing.pipeline.CheckpointStatistics.Pauses;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts of the pauses of a run, in buckets that take 15 KiB: one for each nanosecond below {@value #STEPS}, and {@value #STEPS} of the same
 * width for each power of two above it. So no bucket is wider than 1/{@value #STEPS} of the pauses in it.
 *
 * <p>One context records, any thread may read.
 */
final class CutPauses {

    private static final int STEP_BITS = 5;
    private static final int STEPS = 1 << STEP_BITS;
    private static final int BUCKETS = (Long.SIZE - STEP_BITS) * STEPS;

    private static final int MEDIAN = 50;
    private static final int P99 = 99;

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);
    private final AtomicLong longest = new AtomicLong();

    /** Counts a pause of at least 0. */
    void record(long nanos) {
        longest.setRelease(Math.max(nanos, longest.getPlain()));
        int bucket = bucketOf(nanos);
        counts.setRelease(bucket, counts.getPlain(bucket) + 1);
    }

    /** What the pauses of several runs are like together. */
    static Pauses together(List<CutPauses> all) {
        long[] counts = new long[BUCKETS];
        long cuts = 0;
        for (CutPauses each : all) {
            for (int bucket = 0; bucket < BUCKETS; bucket++) {
                long count = each.counts.getAcquire(bucket);
                counts[bucket] += count;
                cuts += count;
            }
        }
        // After the counts, so that it is that of every pause that they have.
        long longest = 0;
        for (CutPauses each : all) {
            longest = Math.max(longest, each.longest.getAcquire());
        }
        return new Pauses(cuts, nanosAt(MEDIAN, counts, cuts, longest), nanosAt(P99, counts, cuts, longest), longest);
    }

    /** The highest pause of the bucket with the one that so many of a hundred do not exceed. */
    private static long nanosAt(int percent, long[] counts, long cuts, long longest) {
        long left = (cuts * percent + 99) / 100;
        int bucket = 0;
        while (bucket < BUCKETS - 1 && left > counts[bucket]) {
            left -= counts[bucket];
            bucket++;
        }
        return Math.min(highestOf(bucket), longest);
    }

    /** The first {@value #STEPS} values have one each. Of the others the bits after the highest one tell. */
    private static int bucketOf(long nanos) {
        if (nanos < STEPS) {
            return (int) nanos;
        }
        int shift = shiftOf(nanos);
        return shift * STEPS + (int) (nanos >>> shift);
    }

    private static int shiftOf(long nanos) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - STEP_BITS;
    }

    private static long highestOf(int bucket) {
        if (bucket < STEPS) {
            return bucket;
        }
        int shift = bucket / STEPS - 1;
        long steps = bucket - (long) shift * STEPS;
        return ((steps + 1) << shift) - 1;
    }
}
