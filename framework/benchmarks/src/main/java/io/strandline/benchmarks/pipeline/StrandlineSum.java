package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.processing.pipeline.Pipeline;
import java.util.List;

/** A running sum for each key, exactly once. */
public final class StrandlineSum implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        SharedProgress load = PipelineLoad.start(job, StrandlineSum::pipeline);
        return List.of(Window.measure(job, load, CpuTime.ofThisProcess()));
    }

    static Pipeline pipeline(String name, String sink, Runnable counter) {
        return Pipeline.named(name, 1)
                .from(MeasuredLog.STREAM, PipelineLoad.NUMBER)
                .keyByRoutingKey()
                .aggregate("sum", PipelineLoad.NUMBER, key -> 0L, (sum, amount) -> {
                    counter.run();
                    return sum + amount;
                })
                .to(sink, PipelineLoad.NUMBER)
                .build();
    }
}
