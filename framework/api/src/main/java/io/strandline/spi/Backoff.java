package io.strandline.spi;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Pauses between the attempts of one thing. Belongs to one context. */
public final class Backoff {

    private static final int MIN_MILLIS = 5;
    private static final int MAX_MILLIS = 500;

    /** A first pause of up to 2^31 ms does not overflow. */
    private static final int MAX_DOUBLINGS = 31;

    private final @Nullable SplittableRandom random;
    private final int minMillis;
    private final int maxMillis;
    private int millis;

    private Backoff(@Nullable SplittableRandom random, int minMillis, int maxMillis) {
        this.random = random;
        this.minMillis = minMillis;
        this.maxMillis = maxMillis;
        this.millis = minMillis;
    }

    /**
     * Pauses of up to 5 ms at first and up to 500 ms at last: doubling, and random so that many who failed together do not
     * repeat together.
     */
    public Backoff() {
        this(new SplittableRandom());
    }

    /** As {@link #Backoff()}, with this randomness. */
    public Backoff(SplittableRandom random) {
        this(random, MIN_MILLIS, MAX_MILLIS);
    }

    /** Pauses that double from a first to a longest one, each as long as it says; equal bounds make them all equal. */
    public static Backoff exact(int minMillis, int maxMillis) {
        return new Backoff(null, minMillis, maxMillis);
    }

    /** The next pause in milliseconds: the present bound, or between half of it and it; the bound then doubles. */
    public long next() {
        int pause = random == null ? millis : millis / 2 + random.nextInt(millis - millis / 2) + 1;
        millis = Math.min(maxMillis, millis * 2);
        return pause;
    }

    public void reset() {
        millis = minMillis;
    }

    /**
     * The pause before the attempt that follows {@code failed} failed ones, in milliseconds. For those who count attempts, or whose
     * bounds change meanwhile.
     *
     * @param firstMillis after the first failed attempt, 0 to 2^31. It doubles with each further one
     * @param longestMillis the longest pause
     * @param failed attempts that have failed, at least 1
     */
    public static long afterFailed(long firstMillis, long longestMillis, int failed) {
        return Math.min(longestMillis, firstMillis << Math.min(MAX_DOUBLINGS, failed - 1));
    }
}
