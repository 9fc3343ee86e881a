package io.strandline.processing.group.impl.feed;

import org.jspecify.annotations.Nullable;

/**
 * The delivery of one feed that its handler is at work with, if there is one.
 *
 * <p>How long a handler takes is measured from the first look at its delivery on, so a delivery that ends soon costs no look at
 * the clock.
 *
 * @param <T> what is delivered
 */
final class InHand<T> {

    private @Nullable T inHand;
    private int attempt;
    /** What an earlier delivery ends with is not heard. */
    private long number;

    private long seenNumber;
    private long seenNanos;

    /** Begins a delivery. Its number is needed to end it. */
    long begin(T delivered, int itsAttempt) {
        inHand = delivered;
        attempt = itsAttempt;
        return ++number;
    }

    boolean isEmpty() {
        return inHand == null;
    }

    int attempt() {
        return attempt;
    }

    /** Ends a delivery and gives what was delivered. Null if it was given up before. */
    @Nullable
    T end(long delivery) {
        if (delivery != number) {
            return null;
        }
        T ended = inHand;
        inHand = null;
        return ended;
    }

    /** Ends the delivery if it was seen in hand for at least the given age. Null if it was not. */
    @Nullable
    T endIfOlder(long ageNanos, long nowNanos) {
        if (inHand == null) {
            return null;
        }
        if (seenNumber != number) {
            seenNumber = number;
            seenNanos = nowNanos;
        }
        return nowNanos - seenNanos >= ageNanos ? end(number) : null;
    }
}
