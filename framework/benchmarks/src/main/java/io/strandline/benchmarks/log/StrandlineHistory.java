package io.strandline.benchmarks.log;

import io.strandline.EventCodec;
import io.strandline.HistoryOptions;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.util.List;

/** Reads the history of one key of what {@link StrandlineFill} wrote. */
public final class StrandlineHistory implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        return List.of(OneKey.measure(
                job,
                (log, key) -> log.history(MeasuredLog.STREAM, key, EventCodec.raw(), new HistoryOptions())));
    }
}
