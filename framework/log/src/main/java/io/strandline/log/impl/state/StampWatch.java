package io.strandline.log.impl.state;

import org.jspecify.annotations.Nullable;

/**
 * Notices that the stamps of events are ahead of the clock. A stamp is never below the one before it in its partition, so a
 * clock that was wrong for a moment leaves its mark until the right time has caught up: events seem younger than they are,
 * and readers that start from a time find them too early.
 */
public final class StampWatch {

    /** Distance from which it is worth a warning, in milliseconds. */
    public static final long AHEAD_MILLIS = 60_000;

    /** Time between two warnings of a shard, in milliseconds. */
    static final long PAUSE_MILLIS = 3_600_000;

    private long warnedAt = Long.MIN_VALUE;

    /**
     * What to warn of, or null if there is nothing, or nothing new.
     *
     * @param stamp that the next event of the partition gets, in milliseconds since 1970
     * @param now what the clock says, in milliseconds since 1970
     */
    @Nullable
    String warning(long partition, long stamp, long now) {
        long ahead = stamp - now;
        if (ahead < AHEAD_MILLIS || (warnedAt <= now && now - PAUSE_MILLIS < warnedAt)) {
            return null;
        }
        warnedAt = now;
        return "stamps of partition " + partition + " are " + ahead
                + " ms ahead of the clock, which was set back, or was wrong" + " before: events keep the stamp " + stamp
                + " until the clock has caught up";
    }
}
