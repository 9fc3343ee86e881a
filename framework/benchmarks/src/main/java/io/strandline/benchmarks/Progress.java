package io.strandline.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** How far a load has come that completes its events on one thread. That thread writes, any thread may read. */
public final class Progress implements Load {

    private final AtomicLong completed = new AtomicLong();
    private final Latencies latencies = new Latencies();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();

    /**
     * Counts one more event.
     *
     * @return how many there are now
     */
    public long count() {
        long count = completed.getPlain() + 1;
        completed.lazySet(count);
        return count;
    }

    /** Records the latency of an event. */
    public void record(long nanos) {
        latencies.record(nanos);
    }

    /** The load broke down. */
    public void fail(Throwable cause) {
        failure.completeExceptionally(cause);
    }

    @Override
    public long completed() {
        return completed.get();
    }

    @Override
    public Latencies latencies() {
        return latencies;
    }

    @Override
    public CompletableFuture<Void> failure() {
        return failure;
    }
}
