package io.strandline.processing.group.impl.feed;

import io.strandline.EventRecord;
import org.jspecify.annotations.Nullable;

/**
 * The delivery of one feed that its handler is at work with, if there is one.
 *
 * <p>How long a handler takes is measured from the first look at its delivery on, so a delivery that ends soon costs no look at
 * the clock.
 */
final class InHand {

    private @Nullable EventRecord<Object> record;
    private int attempt;
    /** What an earlier delivery ends with is not heard. */
    private long number;

    private long seenNumber;
    private long seenNanos;

    /** Begins a delivery. Its number is needed to end it. */
    long begin(EventRecord<Object> delivered, int itsAttempt) {
        record = delivered;
        attempt = itsAttempt;
        return ++number;
    }

    /** The event that is in hand, or null. */
    @Nullable
    EventRecord<Object> record() {
        return record;
    }

    int attempt() {
        return attempt;
    }

    /** Ends a delivery and gives its event. Null if it was given up before. */
    @Nullable
    EventRecord<Object> end(long delivery) {
        if (delivery != number) {
            return null;
        }
        EventRecord<Object> ended = record;
        record = null;
        return ended;
    }

    /** Ends the delivery if it was seen in hand for at least the given age. Null if it was not. */
    @Nullable
    EventRecord<Object> endIfOlder(long ageNanos, long nowNanos) {
        if (record == null) {
            return null;
        }
        if (seenNumber != number) {
            seenNumber = number;
            seenNanos = nowNanos;
        }
        return nowNanos - seenNanos >= ageNanos ? end(number) : null;
    }
}
