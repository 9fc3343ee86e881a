package io.strandline.log.spi;

/** Where a shard takes its time from. */
public interface Clock {

    /** Milliseconds since 1970, for the stamps of events. May jump. */
    long wallMillis();

    /** Nanoseconds since some fixed moment, for durations. Never decreases. */
    long monotonicNanos();
}
