package io.strandline.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/** How far a load has come whose events are completed on several threads, and that says nothing of latencies. */
public final class SharedProgress implements Load {

    private static final long LOOK_MILLIS = 10;

    private final LongAdder completed = new LongAdder();
    private final Latencies latencies = new Latencies();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final long most;

    /** @param most events that there are: a load that completes all of them has ended before it was measured */
    public SharedProgress(long most) {
        this.most = most;
    }

    /** Counts one more event. Callable from any thread. */
    public void count() {
        completed.increment();
    }

    /** The load broke down. */
    public void fail(Throwable cause) {
        failure.completeExceptionally(cause);
    }

    /** Blocks until a number of events is completed. */
    public void awaitCompleted(long events) throws InterruptedException, ExecutionException {
        while (completed() < events) {
            try {
                failure.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException notYet) {
                // looks again
            }
        }
    }

    @Override
    public long completed() {
        long sum = completed.sum();
        if (sum >= most) {
            fail(new IllegalStateException("all " + most + " events of the source are read"));
        }
        return sum;
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
