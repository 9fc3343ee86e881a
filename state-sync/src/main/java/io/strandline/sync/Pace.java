package io.strandline.sync;

import java.util.SplittableRandom;

/**
 * How long to wait between attempts. The first repetition goes at once, for most conflicts are with one other writer that
 * has finished; before later ones lies a random pause whose bound doubles.
 */
final class Pace {

    private static final int MAX_DOUBLINGS = 20;

    private final StateSyncOptions options;
    private final SplittableRandom random;
    private int refusedInRow;

    Pace(StateSyncOptions options, SplittableRandom random) {
        this.options = options;
        this.random = random;
    }

    void succeeded() {
        refusedInRow = 0;
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
