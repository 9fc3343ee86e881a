package io.strandline.benchmarks.log.life;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Reopening a log whose process was killed. */
public final class RecoverBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final long EVENTS = 5_000_000;
    private static final Duration WRITE_LIMIT = Duration.ofMinutes(3);
    private static final double TARGET_SECONDS = 2;
    private static final double MILLIS_PER_SECOND = 1000;

    @Override
    public String name() {
        return "recover";
    }

    @Override
    public String subject() {
        return "From the call of open to the first event at a handler, after SIGKILL: 5 million events of 100 B in 16"
                + " partitions, the last 64 MB not yet in chunks; fresh JVM.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return workbench.inTurn(Rounds.Key.LATENCY, new Contender(MeasuredLog.NAME, () -> round(workbench)));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double seconds = rounds.median(MeasuredLog.NAME).p50Millis() / MILLIS_PER_SECOND;
        return List.of(Bar.valueAtMost(name(), seconds, "s", TARGET_SECONDS));
    }

    private static Measurement round(Workbench workbench) throws IOException, InterruptedException {
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME)) {
            try (ChildJvm victim = workbench.start(
                    workbench.job(StrandlineUntilKilled.class.getName(), directory, PARTITIONS, EVENTS))) {
                victim.awaitLine(StrandlineUntilKilled.WRITTEN, WRITE_LIMIT);
            } // closing it is SIGKILL
            return workbench.measure(workbench.job(StrandlineReopen.class.getName(), directory, PARTITIONS, EVENTS));
        }
    }
}
