package io.strandline.spi;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The clock by which retries are bounded and the randomness of the pauses between them: those of the JVM, or of a simulation
 * that repeats a run by its seed.
 *
 * @param nanoTime the clock, as {@link System#nanoTime}
 * @param newBackoff makes the pauses of one thing that is retried
 */
public record RetryTime(LongSupplier nanoTime, Supplier<Backoff> newBackoff) {

    /** The clock of the JVM and the usual {@link Backoff}. */
    public static final RetryTime SYSTEM = new RetryTime(System::nanoTime, Backoff::new);

    /** Another clock, and pauses as random as usual whose numbers a seed decides. */
    public static RetryTime seeded(LongSupplier nanoTime, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new RetryTime(nanoTime, () -> new Backoff(random.split()));
    }

    /** The present moment in nanoseconds, to be compared with others of the same clock. */
    public long nanos() {
        return nanoTime.getAsLong();
    }

    /** New pauses, at their shortest. */
    public Backoff backoff() {
        return newBackoff.get();
    }

    /** A closed window of retries. The last one begins no later than {@code boundMillis} after the window's beginning. */
    public RetryWindow window(long boundMillis) {
        return new RetryWindow(nanoTime, backoff(), boundMillis);
    }
}
