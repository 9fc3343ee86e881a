package io.strandline.benchmarks.pipeline;

import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.vertx.core.Vertx;
import java.util.List;

/** Computes a running sum until its process is killed, and says when half of the source is read. */
public final class StrandlineSumUntilKilled implements Side {

    static final String NAME = "restarted";
    static final String HALF = "HALF";

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        SharedProgress load = PipelineLoad.start(job, vertx, log, NAME, StrandlineSum::pipeline);
        load.awaitCompleted(job.events() / 2);
        System.out.println(HALF);
        load.failure().get();
        return List.of();
    }
}
