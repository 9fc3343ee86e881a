package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;
import java.time.Duration;

/**
 * How event time is cut into windows. A window holds its start and not its end.
 *
 * <p>Immutable. Use the factories.
 *
 * @param kind how windows begin
 * @param sizeMillis length of a window, or the gap that ends a session
 * @param advanceMillis from the start of a window to the start of the next. For a session it is the gap
 * @param offsetMillis from the epoch to the start of a window
 */
public record Windows(Kind kind, long sizeMillis, long advanceMillis, long offsetMillis) {

    /** Most windows in which one event can be. */
    public static final int MAX_OVERLAP = 1_000;

    /** Longest span of event time that may be named, in milliseconds. */
    public static final long MAX_MILLIS = Long.MAX_VALUE / 1_024;

    /** How windows begin. */
    public enum Kind {
        /** At fixed times, each when the one before ends. */
        TUMBLING,
        /** At fixed times, and they overlap. */
        SLIDING,
        /** With an event that comes later than the gap after the event before it. */
        SESSION
    }

    public Windows {
        if (sizeMillis > MAX_MILLIS || sizeMillis < 1 || advanceMillis < 1 || advanceMillis > sizeMillis) {
            throw new StrandlineException.Invalid("windows of " + sizeMillis + " ms every " + advanceMillis
                    + " ms: both must be at least 1 ms, the second at most the first, and the first at most "
                    + MAX_MILLIS);
        }
        if ((sizeMillis + advanceMillis - 1) / advanceMillis > MAX_OVERLAP) {
            throw new StrandlineException.Invalid("windows of " + sizeMillis + " ms every " + advanceMillis
                    + " ms: an event would be in more than " + MAX_OVERLAP);
        }
        if (Math.abs(offsetMillis) >= sizeMillis) {
            throw new StrandlineException.Invalid(
                    "the offset " + offsetMillis + " ms of windows must be shorter than their " + sizeMillis + " ms");
        }
    }

    /**
     * Windows that follow each other and start at multiples of their size since the epoch, in UTC.
     *
     * @throws StrandlineException.Invalid if the size is less than 1 ms
     */
    public static Windows tumbling(Duration size) {
        return new Windows(Kind.TUMBLING, requireSpan("size", size), requireSpan("size", size), 0);
    }

    /**
     * Windows of one size that start at multiples of {@code every} since the epoch, in UTC. An event is in several.
     *
     * @throws StrandlineException.Invalid if {@code every} is less than 1 ms or more than the size, or if an event would be
     *     in more than {@value #MAX_OVERLAP} windows
     */
    public static Windows sliding(Duration size, Duration every) {
        return new Windows(Kind.SLIDING, requireSpan("size", size), requireSpan("distance", every), 0);
    }

    /**
     * Windows of a key that last while its events follow each other by less than the gap. A session ends with the last
     * event and the gap after it. An event between two sessions makes them one.
     *
     * @throws StrandlineException.Invalid if the gap is less than 1 ms
     */
    public static Windows session(Duration gap) {
        return new Windows(Kind.SESSION, requireSpan("gap", gap), requireSpan("gap", gap), 0);
    }

    /**
     * The same windows, started later. Days of Berlin in winter are {@code tumbling(Duration.ofDays(1))} at the offset -1 h.
     *
     * @param offset shorter than the size. May be negative
     */
    public Windows startingAt(Duration offset) {
        if (kind == Kind.SESSION) {
            throw new StrandlineException.Invalid("sessions start with their first events, not at an offset");
        }
        return new Windows(kind, sizeMillis, advanceMillis, offset.toMillis());
    }

    /**
     * A span of event time in milliseconds.
     *
     * @throws StrandlineException.Invalid if it is negative or longer than {@link #MAX_MILLIS}
     */
    static long requireSpan(String name, Duration span) {
        if (span.isNegative() || span.compareTo(Duration.ofMillis(MAX_MILLIS)) > 0) {
            throw new StrandlineException.Invalid(
                    "the " + name + " " + span + " is not within 0 and " + MAX_MILLIS + " ms");
        }
        return span.toMillis();
    }

    /** Start of the last window that holds a time. */
    public long lastStart(long time) {
        return time - Math.floorMod(time - offsetMillis, advanceMillis);
    }

    @Override
    public String toString() {
        String size = Duration.ofMillis(sizeMillis).toString();
        return switch (kind) {
            case TUMBLING -> "tumbling " + size;
            case SLIDING -> "sliding " + size + " every " + Duration.ofMillis(advanceMillis);
            case SESSION -> "sessions with gaps of " + size;
        };
    }
}
