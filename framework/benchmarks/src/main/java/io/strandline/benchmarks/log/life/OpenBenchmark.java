package io.strandline.benchmarks.log.life;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import java.io.IOException;
import java.util.List;

/** How long a log with many streams takes to open after a clean close. */
public final class OpenBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final long EVENTS = 5_000_000;
    private static final double TARGET_MILLIS = 150;

    @Override
    public String name() {
        return "open";
    }

    @Override
    public String subject() {
        return "From the call of open until it completes, after a clean close: " + StrandlineManyStreams.STREAMS
                + " streams of " + StrandlineManyStreams.EVENTS_OF_A_STREAM
                + " events of 100 B, and one of 16 partitions"
                + " with the rest of 5 million; fresh JVM, page cache warm.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME)) {
            workbench.say("writing %,d events", EVENTS);
            workbench.run(workbench.job(StrandlineManyStreams.class.getName(), directory, PARTITIONS, EVENTS));
            return workbench.inTurn(
                    Rounds.Key.LATENCY, new Contender(MeasuredLog.NAME, () -> round(workbench, directory)));
        }
    }

    private static Measurement round(Workbench workbench, RunDirectory directory)
            throws IOException, InterruptedException {
        return workbench.measure(workbench.job(StrandlineOpens.class.getName(), directory, PARTITIONS, EVENTS));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(Bar.valueAtMost(name(), rounds.median(MeasuredLog.NAME).p50Millis(), "ms", TARGET_MILLIS));
    }
}
