package io.strandline.benchmarks.log.life;

import io.strandline.Retention;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.log.AppendLoad;
import io.vertx.core.Vertx;
import java.util.List;

/** One writer at full speed to a stream that keeps {@link #KEPT_BYTES}. */
public final class StrandlineRetained implements Side {

    static final long KEPT_BYTES = 1L << 30;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        AppendLoad load = AppendLoad.endless(job, Retention.maxBytes(KEPT_BYTES));
        Awaited.await(Vertx.vertx().deployVerticle(load));
        return List.of(Window.measure(job, load.progress(), CpuTime.ofThisProcess()));
    }
}
