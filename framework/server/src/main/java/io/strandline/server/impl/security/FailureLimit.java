package io.strandline.server.impl.security;

import io.strandline.server.impl.listening.Network;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Counts credentials that were not valid, by address and window of time. Callable from any thread. */
final class FailureLimit {

    private record Count(long sinceNanos, int failures) {}

    private final int maxFailures;
    private final long windowNanos;
    private final int maxAddresses;
    private final LongSupplier nanoTime;
    private final Map<Network, Count> counts = new ConcurrentHashMap<>();

    FailureLimit(int maxFailures, long windowMillis, int maxAddresses, LongSupplier nanoTime) {
        this.maxFailures = maxFailures;
        this.windowNanos = TimeUnit.MILLISECONDS.toNanos(windowMillis);
        this.maxAddresses = maxAddresses;
        this.nanoTime = nanoTime;
    }

    /** Seconds until the address is heard again, rounded up. 0 if it is heard now. */
    long secondsLeft(String address) {
        Count count = counts.get(Network.of(address));
        if (count == null || count.failures < maxFailures) {
            return 0;
        }
        long left = count.sinceNanos + windowNanos - nanoTime.getAsLong();
        return left <= 0 ? 0 : 1 + (left - 1) / TimeUnit.SECONDS.toNanos(1);
    }

    void failed(String address) {
        long now = nanoTime.getAsLong();
        counts.compute(
                Network.of(address),
                (same, known) -> known == null || now - known.sinceNanos >= windowNanos
                        ? new Count(now, 1)
                        : new Count(known.sinceNanos, known.failures + 1));
        if (counts.size() > maxAddresses) {
            forget(now);
        }
    }

    /**
     * Forgets what is over, and if that is not enough those with the fewest failures: who has many addresses must not have the failures of one
     * of them forgotten by a failure of each.
     */
    private void forget(long now) {
        counts.values().removeIf(count -> now - count.sinceNanos >= windowNanos);
        for (int failures = 1; counts.size() > maxAddresses; failures++) {
            Iterator<Count> all = counts.values().iterator();
            while (counts.size() > maxAddresses && all.hasNext()) {
                if (all.next().failures <= failures || failures > maxFailures) {
                    all.remove();
                }
            }
        }
    }

    int addresses() {
        return counts.size();
    }
}
