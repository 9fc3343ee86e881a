package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import java.io.IOException;
import java.util.List;

/** The heap that the states of very many keys take, beside a {@link java.util.HashMap} of the same. */
public final class StateBenchmark implements Benchmark {

    /** For either side with ten million keys. */
    private static final String HEAP = "3g";

    private static final double TARGET_RATIO = 0.5;

    @Override
    public String name() {
        return "state";
    }

    @Override
    public String subject() {
        return String.format(
                "Bytes of heap per key, after collections of all garbage, of 10 million keys of 11 characters (a quick run has 2"
                        + " million) with states of two longs. %s: a pipeline on a log in files, less what the log took before."
                        + " %s: records by their keys as strings.",
                MeasuredLog.NAME, HashMapState.NAME);
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        long keys = workbench.plan().catchUpEvents();
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME)) {
            workbench.say("writing %,d events", keys);
            workbench.run(job(workbench, StrandlinePipelineFill.EachKeyOnce.class, directory, keys));
            Job pipeline =
                    job(workbench, StrandlineState.class, directory, keys).withHeap(HEAP);
            Job map = job(workbench, HashMapState.class, directory, keys).withHeap(HEAP);
            return workbench.inTurn(
                    Rounds.Key.BYTES,
                    new Contender(MeasuredLog.NAME, () -> workbench.measure(pipeline)),
                    new Contender(HashMapState.NAME, () -> workbench.measure(map)));
        }
    }

    private static Job job(Workbench workbench, Class<?> side, RunDirectory directory, long keys) {
        return workbench.job(side.getName(), directory, PipelineWork.PARTITIONS, keys);
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double ratio = rounds.bytesRatio(MeasuredLog.NAME, HashMapState.NAME);
        return List.of(Bar.ratioAtMost(name(), ratio, HashMapState.NAME, TARGET_RATIO));
    }
}
