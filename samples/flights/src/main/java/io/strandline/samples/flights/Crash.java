package io.strandline.samples.flights;

import java.util.concurrent.atomic.AtomicInteger;

/** Kills the JVM at a flight of one's choice: nothing is closed, flushed or said. */
final class Crash {

    /** What a shell reports of a process that {@code kill -9} ended. */
    static final int EXIT_CODE = 137;

    private final AtomicInteger flightsLeft;

    private Crash(int flights) {
        this.flightsLeft = new AtomicInteger(flights);
    }

    static Crash never() {
        return new Crash(0);
    }

    static Crash at(int flights) {
        return new Crash(flights);
    }

    /** Counts a processed flight of any task. */
    void count() {
        if (flightsLeft.get() > 0 && flightsLeft.decrementAndGet() == 0) {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }
}
