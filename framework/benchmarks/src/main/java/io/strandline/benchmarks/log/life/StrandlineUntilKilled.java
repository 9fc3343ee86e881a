package io.strandline.benchmarks.log.life;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.AppendLoad;
import io.strandline.benchmarks.log.Fill;
import io.strandline.log.LogOptions;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Writes the job's events, the last 64 MB of them without moving them to chunks, says {@link #WRITTEN} when all are
 * acknowledged, and waits to be killed.
 */
public final class StrandlineUntilKilled implements Side {

    static final String WRITTEN = "WRITTEN";

    private static final long UNFLUSHED_BYTES = 64 << 20;
    /** A flush begins at half of the tail's share of a shard: far from what is written here. */
    private static final long TAIL_BYTES = 8 * UNFLUSHED_BYTES;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        long unflushed = UNFLUSHED_BYTES / (EventSource.EVENT_BYTES + EventSource.KEY_BYTES);
        Fill.intoChunks(vertx, job, job.events() - unflushed);
        AppendLoad load = AppendLoad.limited(job, unflushed, new LogOptions().setTailBytes(TAIL_BYTES));
        Awaited.await(vertx.deployVerticle(load));
        load.end().get();
        System.out.println(WRITTEN);
        new CountDownLatch(1).await();
        return List.of();
    }
}
