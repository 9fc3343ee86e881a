package io.strandline.benchmarks.log.life;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.OneAtATime;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * One append at a time for the whole window. Measures the usual figures and then the latency that one of 1,000 exceeds.
 */
public final class StrandlineTrickle implements Side {

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MICRO = 1e3;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        OneAtATime appends = new OneAtATime(job);
        Awaited.await(Vertx.vertx().deployVerticle(appends));
        Latencies latencies = new Latencies();
        Awaited.await(appends.run(job.warmUp(), latencies));
        latencies.open();
        CpuTime cpu = CpuTime.ofThisProcess();
        long cpuBefore = cpu.nanos();
        long start = System.nanoTime();
        long count = Awaited.await(appends.run(job.measured(), latencies));
        double seconds = (System.nanoTime() - start) / NANOS_PER_SECOND;
        latencies.close();
        return List.of(
                new Measurement(
                        count / seconds,
                        (cpu.nanos() - cpuBefore) / NANOS_PER_MICRO / count,
                        latencies.millisAt(0.5),
                        latencies.millisAt(0.99)),
                Measurement.ofDuration(latencies.millisAt(0.999)));
    }
}
