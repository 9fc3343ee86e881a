package io.strandline.benchmarks.pekko;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.util.List;
import java.util.Map;

/** Commands of Pekko persistence with its journal in memory: nothing is durable. */
public final class PekkoInMemory implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        return PekkoLoad.measure(job, Map.of("pekko.persistence.journal.plugin", "pekko.persistence.journal.inmem"));
    }
}
