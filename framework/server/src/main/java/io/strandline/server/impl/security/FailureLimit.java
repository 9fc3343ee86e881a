package io.strandline.server.impl.security;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Counts what was refused, by whose it was and window of time. Callable from any thread.
 *
 * @param <K> whose it was: a network, a user
 */
final class FailureLimit<K> {

    private record Count(long sinceNanos, int failures) {}

    private final int maxFailures;
    private final long windowNanos;
    private final int maxKeys;
    private final LongSupplier nanoTime;
    private final Map<K, Count> counts = new ConcurrentHashMap<>();

    FailureLimit(int maxFailures, long windowMillis, int maxKeys, LongSupplier nanoTime) {
        this.maxFailures = maxFailures;
        this.windowNanos = TimeUnit.MILLISECONDS.toNanos(windowMillis);
        this.maxKeys = maxKeys;
        this.nanoTime = nanoTime;
    }

    /** Seconds until it may have a further one, rounded up. 0 if it may now. */
    long secondsLeft(K whose) {
        Count count = counts.get(whose);
        if (count == null || count.failures < maxFailures) {
            return 0;
        }
        long left = count.sinceNanos + windowNanos - nanoTime.getAsLong();
        return left <= 0 ? 0 : 1 + (left - 1) / TimeUnit.SECONDS.toNanos(1);
    }

    void failed(K whose) {
        long now = nanoTime.getAsLong();
        counts.compute(
                whose,
                (same, known) -> known == null || now - known.sinceNanos >= windowNanos
                        ? new Count(now, 1)
                        : new Count(known.sinceNanos, known.failures + 1));
        if (counts.size() > maxKeys) {
            forget(now);
        }
    }

    /**
     * Forgets what is over, and if that is not enough those with the fewest failures: who has many addresses must not have the failures of one
     * of them forgotten by a failure of each.
     */
    private void forget(long now) {
        counts.values().removeIf(count -> now - count.sinceNanos >= windowNanos);
        for (int failures = 1; counts.size() > maxKeys; failures++) {
            Iterator<Count> all = counts.values().iterator();
            while (counts.size() > maxKeys && all.hasNext()) {
                if (all.next().failures <= failures || failures > maxFailures) {
                    all.remove();
                }
            }
        }
    }

    int counted() {
        return counts.size();
    }
}
