package io.strandline.benchmarks;

import java.time.Duration;

/**
 * How long a run is.
 *
 * @param rounds how often each side is measured, at least 3
 * @param warmUp time at full load before the measured window of a round
 * @param measured length of the measured window of a round
 * @param catchUpEvents events in the stream of a catch-up read
 */
public record Plan(int rounds, Duration warmUp, Duration measured, long catchUpEvents) {

    /** The run whose figures may be published. */
    public static Plan full() {
        return new Plan(3, Duration.ofSeconds(10), Duration.ofSeconds(10), 10_000_000);
    }

    /** A run that fits into 90 seconds. */
    public static Plan quick() {
        return new Plan(3, Duration.ofSeconds(3), Duration.ofSeconds(4), 2_000_000);
    }
}
