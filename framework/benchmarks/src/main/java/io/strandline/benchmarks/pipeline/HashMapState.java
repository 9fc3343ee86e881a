package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The heap that the same states take as records in a {@link HashMap} by their keys. */
public final class HashMapState implements Side {

    static final String NAME = "HashMap";

    @Override
    public List<Measurement> run(Job job) {
        long before = HeapUse.bytes();
        Map<String, StrandlineState.Sum> states = new HashMap<>();
        for (long n = 0; n < job.events(); n++) {
            states.put(PipelineWork.key(n), StrandlineState.Sum.NONE.plus(n));
        }
        Measurement measured = Measurement.ofBytes((HeapUse.bytes() - before) / (double) job.events());
        if (states.size() != job.events()) { // also keeps the map until here
            throw new IllegalStateException(states.size() + " keys of " + job.events());
        }
        return List.of(measured);
    }
}
