package io.strandline.impl;

import java.util.SplittableRandom;

/** Pauses between the attempts of one thing: doubling, and random so that many who failed together do not repeat together. */
final class Backoff {

    static final int MIN_MILLIS = 5;
    static final int MAX_MILLIS = 500;

    private final SplittableRandom random = new SplittableRandom();
    private int millis = MIN_MILLIS;

    /** The next pause: between half of the present bound and the bound, which then doubles. */
    long next() {
        int pause = millis / 2 + random.nextInt(millis - millis / 2) + 1;
        millis = Math.min(MAX_MILLIS, millis * 2);
        return pause;
    }

    void reset() {
        millis = MIN_MILLIS;
    }
}
