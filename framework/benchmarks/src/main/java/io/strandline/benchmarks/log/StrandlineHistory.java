package io.strandline.benchmarks.log;

import io.strandline.EventCodec;
import io.strandline.HistoryOptions;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.util.List;

/** Reads the histories of some keys of what {@link StrandlineFill} wrote, the first ever read in this JVM. */
public final class StrandlineHistory implements Side {

    static final int KEYS = 20;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        return List.of(KeyReads.measure(
                job, KEYS, (log, key) -> log.history(MeasuredLog.STREAM, key, EventCodec.raw(), new HistoryOptions())));
    }
}
