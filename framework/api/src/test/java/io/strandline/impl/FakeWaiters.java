package io.strandline.impl;

import io.strandline.StrandlineException;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;

/** The reads that wait at the end of a partition of a {@link FakePort}. Belongs to the port's context. */
final class FakeWaiters {

    private record Waiter(FakePartition part, long offset, int maxBytes, Promise<ReadSlice> promise) {}

    private final FakePort port;
    private final List<Waiter> waiters = new ArrayList<>();

    FakeWaiters(FakePort port) {
        this.port = port;
    }

    void add(FakePartition part, long offset, int maxBytes, Promise<ReadSlice> promise) {
        waiters.add(new Waiter(part, offset, maxBytes, promise));
        look();
    }

    void stop(Future<ReadSlice> wait) {
        waiters.stream()
                .filter(waiter -> waiter.promise.future() == wait)
                .toList()
                .forEach(waiter -> {
                    waiters.remove(waiter);
                    answer(waiter);
                });
    }

    /** Answers every wait with an empty slice, as after a long time. Returns how many there were. */
    int tire() {
        List<Waiter> all = new ArrayList<>(waiters);
        waiters.clear();
        all.forEach(this::answer);
        return all.size();
    }

    /** Answers the waits that have something to read, a seal to learn of, or a failure. */
    void look() {
        for (Waiter waiter : new ArrayList<>(waiters)) {
            if (waiter.part.end > waiter.offset || waiter.part.sealed || port.readFailure != null) {
                waiters.remove(waiter);
                try {
                    answer(waiter);
                } catch (StrandlineException e) {
                    waiter.promise.fail(e);
                }
            }
        }
    }

    private void answer(Waiter waiter) {
        waiter.promise.complete(port.slice(waiter.part, waiter.offset, waiter.maxBytes));
    }
}
