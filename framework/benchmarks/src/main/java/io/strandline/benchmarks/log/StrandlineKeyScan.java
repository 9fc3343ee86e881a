package io.strandline.benchmarks.log;

import io.strandline.EventCodec;
import io.strandline.ReaderOptions;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.util.List;

/** Reads all that {@link StrandlineFill} wrote, and picks out the events of one key. */
public final class StrandlineKeyScan implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        return List.of(KeyReads.measure(
                job, 1, (log, key) -> log.read(MeasuredLog.STREAM, EventCodec.raw(), new ReaderOptions())));
    }
}
