package io.strandline.log.impl.state;

import io.strandline.log.spi.Clock;
import java.util.concurrent.TimeUnit;

/**
 * A moment by both clocks: the one that stamps events, which may jump, and the one that measures durations, which does not.
 *
 * @param wallMillis milliseconds since 1970
 * @param nanos nanoseconds since some fixed moment of this process
 */
public record Moment(long wallMillis, long nanos) {

    public static Moment of(Clock clock) {
        return new Moment(clock.wallMillis(), clock.monotonicNanos());
    }

    /** Milliseconds that have passed since an earlier moment of the clock that does not jump. */
    long millisSince(long earlierNanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos - earlierNanos);
    }
}
