package io.strandline.benchmarks.log.life;

import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.vertx.core.Vertx;
import java.util.List;

/** Opens a log in a JVM that has done nothing before but start Vert.x, and closes it again. */
public final class StrandlineOpens implements Side {

    private static final double NANOS_PER_MILLI = 1e6;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        long start = System.nanoTime();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        double millis = (System.nanoTime() - start) / NANOS_PER_MILLI;
        Awaited.await(log.close());
        return List.of(Measurement.ofDuration(millis));
    }
}
