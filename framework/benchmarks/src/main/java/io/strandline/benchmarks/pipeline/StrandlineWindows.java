package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.Windows;
import java.time.Duration;
import java.util.List;

/** The number of events of each key in each minute, exactly once. */
public final class StrandlineWindows implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        SharedProgress load = PipelineLoad.start(job, StrandlineWindows::pipeline);
        return List.of(Window.measure(job, load, CpuTime.ofThisProcess()));
    }

    private static Pipeline pipeline(String name, String sink, Runnable counter) {
        return Pipeline.named(name, 1)
                .from(MeasuredLog.STREAM, PipelineLoad.NUMBER)
                .eventTime(
                        time -> {
                            counter.run();
                            return time;
                        },
                        Duration.ofSeconds(1))
                .keyByRoutingKey()
                .window(Windows.tumbling(Duration.ofMillis(TimedEvents.MINUTE_MILLIS)))
                .count("minute")
                .map(Windowed::value)
                .to(sink, PipelineLoad.NUMBER)
                .build();
    }
}
