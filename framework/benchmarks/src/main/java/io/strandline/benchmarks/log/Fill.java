package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.log.LogOptions;
import io.vertx.core.Vertx;
import java.util.concurrent.ExecutionException;

/** Writes the events that a measurement starts from. */
public final class Fill {

    /** So many events that every shard gets some, and so few that it does not matter where they end up. */
    private static final int LAST_EVENTS = 1_000;

    private static final long SMALLEST_TAIL_BYTES = 64 << 10;

    private Fill() {}

    /** Writes events with default options, has all but the last few moved to chunks, and closes the log. */
    public static void intoChunks(Vertx vertx, Job job, long events) throws ExecutionException, InterruptedException {
        writeAndClose(vertx, AppendLoad.limited(job, events - LAST_EVENTS, new LogOptions()));
        // A full tail takes an append only when what was in it is in chunks, so these wait until it is.
        LogOptions smallTail = new LogOptions().setTailBytes(SMALLEST_TAIL_BYTES);
        writeAndClose(vertx, AppendLoad.limited(job, LAST_EVENTS, smallTail));
    }

    private static void writeAndClose(Vertx vertx, AppendLoad load) throws ExecutionException, InterruptedException {
        String deployment = Awaited.await(vertx.deployVerticle(load));
        load.end().get();
        Awaited.await(vertx.undeploy(deployment));
    }
}
