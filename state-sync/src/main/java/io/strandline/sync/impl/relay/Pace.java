package io.strandline.sync.impl.relay;

import io.strandline.spi.Backoff;
import io.strandline.sync.StateSyncOptions;
import java.util.SplittableRandom;

/**
 * Back-off between refused appends of a relay. Uses the store's hint if given, because the store knows the contending
 * writers. Otherwise the first retry is immediate, because most conflicts are with one other writer that has finished.
 * Later retries wait for a random pause whose bound doubles.
 */
final class Pace {

    private final StateSyncOptions options;
    private final SplittableRandom random;
    private int refusedInRow;

    Pace(StateSyncOptions options, SplittableRandom random) {
        this.options = options;
        this.random = random;
    }

    /** Notes an append that was taken. */
    void taken() {
        refusedInRow = 0;
    }

    /**
     * Counts a refusal, and returns the milliseconds until the next attempt.
     *
     * @param told what the store said, 0 if nothing
     */
    long refused(long told) {
        refusedInRow++;
        return told > 0 ? told : pauseMillis(refusedInRow);
    }

    /**
     * The milliseconds before a repetition of a call that nobody answered, counted from 1. At least half of the bound, so that
     * a store that is away is not asked without a pause.
     */
    long repeatMillis(int repetition) {
        if (repetition <= 1) {
            return 0;
        }
        long first = Math.max(1, options.getBackOffMillis());
        long bound = Backoff.afterFailed(first, StoreCalls.MAX_REPEAT_PAUSE_MILLIS, repetition - 1);
        return bound - random.nextLong(bound / 2 + 1);
    }

    /** The milliseconds before an attempt after refusals, counted from 1. */
    private long pauseMillis(int repetition) {
        if (repetition <= 1) {
            return 0;
        }
        long bound = Backoff.afterFailed(options.getBackOffMillis(), options.getMaxBackOffMillis(), repetition - 1);
        return random.nextLong(bound + 1);
    }
}
