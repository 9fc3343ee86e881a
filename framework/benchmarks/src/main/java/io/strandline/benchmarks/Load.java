package io.strandline.benchmarks;

import java.util.concurrent.CompletableFuture;

/** Work at full speed that goes on until its process ends. */
public interface Load {

    /** Events completed so far. Callable from any thread. */
    long completed();

    /** Latencies of a sample of the events. Stays empty for a load without latencies. */
    Latencies latencies();

    /** Completes only by failure: the load broke down. */
    CompletableFuture<Void> failure();
}
