package io.strandline.sync;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When a relay appends, so that its writer and those of other processes share a name fairly.
 *
 * <p>Who was refused tries again at once, for most conflicts are with one other writer that has finished; before later
 * attempts lies a random pause whose bound doubles. Who is nearer to the store would win again and again, so it does not
 * only depend on who loses: a writer that knows of others leaves the name to them for a moment after {@link #SHARE_MILLIS}
 * of its own. Within that share it appends batch after batch, which is what makes contention cheap.
 */
final class Pace {

    /** How long a writer goes on by itself while there are others. */
    static final long SHARE_MILLIS = 10;
    /** How long it then waits at most. */
    static final long MAX_REST_MILLIS = 3;
    /** How long others are reckoned with after they wrote. */
    static final long OTHERS_MILLIS = 1_000;

    private static final int MAX_DOUBLINGS = 20;

    private final StateSyncOptions options;
    private final SplittableRandom random;
    private final LongSupplier nanoTime;
    private int refusedInRow;
    private boolean others;
    private long othersNanos;
    private boolean sharing;
    private long shareNanos;

    Pace(StateSyncOptions options, SplittableRandom random, LongSupplier nanoTime) {
        this.options = options;
        this.random = random;
        this.nanoTime = nanoTime;
    }

    /** Notes revisions of another writer. */
    void othersWrote() {
        others = true;
        othersNanos = nanoTime.getAsLong();
        sharing = false;
    }

    /** Counts an append that was taken, and returns the milliseconds for which the name is left to others. */
    long taken() {
        refusedInRow = 0;
        if (!others) {
            return 0;
        }
        long now = nanoTime.getAsLong();
        if (now - othersNanos > TimeUnit.MILLISECONDS.toNanos(OTHERS_MILLIS)) {
            others = false;
            return 0;
        }
        if (!sharing) {
            sharing = true;
            shareNanos = now;
        }
        if (now - shareNanos < TimeUnit.MILLISECONDS.toNanos(SHARE_MILLIS)) {
            return 0;
        }
        sharing = false;
        return 1 + random.nextLong(MAX_REST_MILLIS);
    }

    /** Counts a refusal, and returns the milliseconds until the next attempt. */
    long refused() {
        return pauseMillis(++refusedInRow);
    }

    /** The milliseconds before a repetition, counted from 1. */
    long pauseMillis(int repetition) {
        if (repetition <= 1) {
            return 0;
        }
        long doubled = options.getBackOffMillis() << Math.min(MAX_DOUBLINGS, repetition - 2);
        return random.nextLong(Math.min(options.getMaxBackOffMillis(), doubled) + 1);
    }
}
