package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.vertx.core.Vertx;
import java.util.List;

/** One reader at full speed, on what {@link StrandlineFill} wrote. */
public final class StrandlineRead implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        ReadLoad load = new ReadLoad(job);
        Awaited.await(Vertx.vertx().deployVerticle(load));
        return List.of(Window.measure(job, load.progress(), CpuTime.ofThisProcess()));
    }
}
