package io.strandline.log.impl.catalog;

import io.strandline.StreamName;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.spi.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * When each subscriber was heard last, by the clock that does not jump.
 *
 * <p>Nothing of it is stored: a clock that was wrong for a moment must not make a subscriber look idle, and one that does not jump
 * means nothing to the next process. So after a restart all count as heard when the log was opened.
 *
 * <p>Belongs to shard 0's executor.
 */
final class LastNotes {

    /** Intervals after which a look is too late. */
    private static final int LATE = 2;

    private final Map<StreamName, Map<String, Long>> heardNanos = new HashMap<>();
    private final Clock clock;
    /** What nobody was heard since counts as heard then. */
    private long beganNanos;

    private long lookedNanos;

    LastNotes(Clock clock) {
        this.clock = clock;
        this.beganNanos = clock.monotonicNanos();
        this.lookedNanos = beganNanos;
    }

    /** A subscriber that the catalog knows has noted something, or nothing new. */
    void heard(CatalogState catalog, StreamName stream, String subscriber) {
        Map<String, Long> ofStream = heardNanos.computeIfAbsent(stream, none -> new HashMap<>());
        if (ofStream.put(subscriber, clock.monotonicNanos()) == null) {
            heardNanos.keySet().retainAll(catalog.subscribers().keySet());
            ofStream.keySet().retainAll(catalog.subscribers(stream).keySet());
        }
    }

    /**
     * Looks are made at intervals. One that comes much too late says that the process stood still: nobody could be heard, so all
     * begin again.
     *
     * @return the moment of the look
     */
    long lookAfter(long intervalMillis) {
        long now = clock.monotonicNanos();
        if (TimeUnit.NANOSECONDS.toMillis(now - lookedNanos) > LATE * intervalMillis) {
            heardNanos.clear();
            beganNanos = now;
        }
        lookedNanos = now;
        return now;
    }

    /**
     * Notes could not be taken before a look. Those that were heard not long before count as heard, because they may have
     * tried.
     *
     * @param withinMillis how long before the look at most
     */
    void keepHeard(CatalogState catalog, long withinMillis, long atNanos) {
        catalog.subscribers()
                .forEach((stream, subscribers) -> subscribers.keySet().forEach(subscriber -> {
                    if (idleMillis(stream, subscriber, atNanos) <= withinMillis) {
                        heardNanos
                                .computeIfAbsent(stream, none -> new HashMap<>())
                                .put(subscriber, atNanos);
                    }
                }));
    }

    /** Milliseconds from the last note, or the beginning, to now. */
    long idleMillis(StreamName stream, String subscriber) {
        return idleMillis(stream, subscriber, clock.monotonicNanos());
    }

    /** Milliseconds from the last note, or the beginning, to a moment. Negative if the moment is earlier. */
    long idleMillis(StreamName stream, String subscriber, long atNanos) {
        long heard = heardNanos.getOrDefault(stream, Map.of()).getOrDefault(subscriber, beganNanos);
        return TimeUnit.NANOSECONDS.toMillis(atNanos - heard);
    }
}
