package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.vertx.core.Vertx;
import java.util.List;

/** Writes the events that {@link StrandlineRead} reads, all in chunks. */
public final class StrandlineFill implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Fill.intoChunks(Vertx.vertx(), job, job.events());
        return List.of();
    }
}
