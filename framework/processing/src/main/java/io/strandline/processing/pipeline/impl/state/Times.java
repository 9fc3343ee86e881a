package io.strandline.processing.pipeline.impl.state;

import io.strandline.StrandlineException;

/** Points of time in milliseconds since the epoch. */
public final class Times {

    /** Highest time of an event, and with the other sign the lowest: about 285,000 years. Sums of two stay numbers. */
    static final long MAX = Long.MAX_VALUE / 1_024;

    /** Added to the time of a timer that waits for the clock: one array holds the timers of a key, those of event time first. */
    private static final long CLOCK = 1L << 60;

    private Times() {}

    /** A time of the clock, as timers hold it. */
    public static long ofClock(long millis) {
        return CLOCK + require(millis);
    }

    public static boolean isOfClock(long timer) {
        return timer > MAX;
    }

    /** The time of a timer, of either kind. */
    public static long millis(long timer) {
        return isOfClock(timer) ? timer - CLOCK : timer;
    }

    /** A time after another, at most the highest number. */
    public static long plus(long time, long millis) {
        long sum = time + millis;
        return millis > 0 && sum < time ? Long.MAX_VALUE : sum;
    }

    /** The first of some times at equal distances, given by one of them, that is after a time. */
    public static long next(long after, long distance, long one) {
        return after - Math.floorMod(after - one, distance) + distance;
    }

    public static long require(long time) {
        if (time < -MAX || time > MAX) {
            throw new StrandlineException.Invalid("the time " + time + " ms is not within " + -MAX + " and " + MAX);
        }
        return time;
    }
}
