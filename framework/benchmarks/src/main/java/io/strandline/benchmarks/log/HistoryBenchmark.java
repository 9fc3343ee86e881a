package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** The events of one key among all of a stream, by its key indexes and by a scan. */
public final class HistoryBenchmark implements Benchmark {

    private static final String SCAN = "scan of the stream";
    private static final int PARTITIONS = 16;
    private static final double TARGET_MILLIS = 40;
    private static final double TARGET_RATIO = 100;

    @Override
    public String name() {
        return "history";
    }

    @Override
    public String subject() {
        return "All events of one key out of 10,000, 100 B each, in 16 partitions, all in chunks, from the call to the end:"
                + " the first " + StrandlineHistory.KEYS
                + " keys read in a fresh JVM, p99 being the very first; one scan in"
                + " a fresh JVM. Page cache warm.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME)) {
            Job fill = job(workbench, StrandlineFill.class, directory);
            workbench.say("writing %,d events", fill.events());
            workbench.run(fill);
            Job history = job(workbench, StrandlineHistory.class, directory);
            Job scan = job(workbench, StrandlineKeyScan.class, directory);
            workbench.run(scan); // so that the files are in the page cache
            return workbench.inTurn(
                    Rounds.Key.LATENCY,
                    new Contender(MeasuredLog.NAME, () -> workbench.measure(history)),
                    new Contender(SCAN, () -> workbench.measure(scan)));
        }
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double faster = 1 / rounds.latencyRatio(MeasuredLog.NAME, SCAN);
        double millis = rounds.median(MeasuredLog.NAME).p50Millis();
        return List.of(
                Bar.ratioAtLeast(name(), faster, SCAN, TARGET_RATIO),
                Bar.valueAtMost(name(), millis, "ms", TARGET_MILLIS));
    }

    private static Job job(Workbench workbench, Class<?> side, RunDirectory directory) {
        return workbench.job(
                side.getName(), directory, PARTITIONS, workbench.plan().catchUpEvents());
    }
}
