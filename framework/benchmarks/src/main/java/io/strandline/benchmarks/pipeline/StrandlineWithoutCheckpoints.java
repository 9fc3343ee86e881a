package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import java.time.Duration;
import java.util.List;

/** A {@link ChangingSum} without a checkpoint until it was measured. Then it takes one, which is whole: the bytes are those of it. */
public final class StrandlineWithoutCheckpoints implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        ChangingSum sum = ChangingSum.start(job, Duration.ofDays(1).toMillis());
        Measurement measured = Window.measure(job, sum.load(), CpuTime.ofThisProcess());
        Awaited.await(sum.running().checkpoint());
        return List.of(measured.withBytes((double) sum.running().statistics().lastBytes()));
    }
}
