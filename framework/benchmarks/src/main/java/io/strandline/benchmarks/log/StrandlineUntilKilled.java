package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Writes the job's events, says {@link #WRITTEN} when the last is acknowledged, and waits to be killed. */
public final class StrandlineUntilKilled implements Side {

    static final String WRITTEN = "WRITTEN";

    @Override
    public List<Measurement> run(Job job) throws Exception {
        AppendLoad load = AppendLoad.limited(job);
        EmbeddedLog.await(Vertx.vertx().deployVerticle(load));
        load.end().get();
        System.out.println(WRITTEN);
        new CountDownLatch(1).await();
        return List.of();
    }
}
