package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.util.List;

/** One append at a time, in turn with bare durable writes. Measures the appends and then the bare writes. */
public final class StrandlineAck implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        OneAtATime appends = new OneAtATime(job);
        return BesideBareWrites.measure(job, appends, appends::run);
    }
}
