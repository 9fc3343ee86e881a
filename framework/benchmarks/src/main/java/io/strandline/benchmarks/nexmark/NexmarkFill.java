package io.strandline.benchmarks.nexmark;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.pipeline.SourceFill;
import java.util.List;

/** Writes the events that the queries read. */
public final class NexmarkFill implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        SourceFill.run(job, NexmarkCodec.EVENTS, n -> NexmarkGenerator.event(n).key(), NexmarkGenerator::event);
        return List.of();
    }
}
