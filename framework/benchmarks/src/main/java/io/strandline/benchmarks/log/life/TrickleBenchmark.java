package io.strandline.benchmarks.log.life;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Plan;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Files and latency of a log that gets small appends, one at a time. */
public final class TrickleBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final Duration TIME = Duration.ofSeconds(60);
    private static final Duration QUICK_TIME = Duration.ofSeconds(20);
    private static final double MAX_CHUNKS = 8;
    private static final double MAX_JOURNAL_FILES = 4;
    private static final double MAX_MILLIS = 20;
    private static final String SLOWEST = MeasuredLog.NAME + ", p99.9";

    private DiskUse.Peak peak = DiskUse.Peak.NONE;

    @Override
    public String name() {
        return "trickle";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events to " + PARTITIONS
                + " partitions, the next when the last is acknowledged; the most"
                + " files in " + peak.looks() + " looks: " + peak.chunkFiles() + " chunks of "
                + peak.chunks() / (1 << 20) + " MiB together, and " + peak.journalFiles()
                + " journal files of a shard.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        Duration time = workbench.plan().equals(Plan.quick()) ? QUICK_TIME : TIME;
        Rounds rounds = new Rounds(Rounds.Key.LATENCY);
        try (RunDirectory directory = workbench.directory(MeasuredLog.NAME);
                DiskUse use = DiskUse.of(directory.path())) {
            Job job = new Job(StrandlineTrickle.class.getName(), directory.path(), PARTITIONS, 0, WARM_UP, time);
            workbench.say("one append at a time for %d s", time.toSeconds());
            List<Measurement> measured = workbench.run(job);
            rounds.add(MeasuredLog.NAME, measured.get(0));
            rounds.add(SLOWEST, measured.get(1));
            peak = use.peak();
        }
        return rounds;
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(
                Bar.valueAtMost(name() + ", chunks", (double) peak.chunkFiles(), "files", MAX_CHUNKS),
                Bar.valueAtMost(
                        name() + ", journal", (double) peak.journalFiles(), "files of a shard", MAX_JOURNAL_FILES),
                Bar.valueAtMost(name(), rounds.median(SLOWEST).p50Millis(), "ms p99.9", MAX_MILLIS));
    }
}
