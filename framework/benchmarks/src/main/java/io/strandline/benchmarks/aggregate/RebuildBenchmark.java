package io.strandline.benchmarks.aggregate;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The state of an aggregate with very many events, which is neither in memory nor in a snapshot. */
public final class RebuildBenchmark implements Benchmark {

    private static final int PARTITIONS = 4;
    private static final long OTHER_EVENTS = 1_000_000;
    private static final Duration FILL_LIMIT = Duration.ofMinutes(10);
    private static final double TARGET_MILLIS = 15;
    private static final String FRESH = "first in a fresh JVM";
    private static final String WARM = "warm JVM";

    @Override
    public String name() {
        return "rebuild";
    }

    @Override
    public String subject() {
        return String.format(
                "The state of an account of %,d small JSON events without snapshot, mixed with %,d events of others and"
                        + " with %d more such accounts, all in chunks, from the call to the answer. Page cache warm. No"
                        + " peer is measured.",
                RebuildFill.LARGE_EVENTS, OTHER_EVENTS, RebuildFill.LARGE - 1);
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        Rounds rounds = new Rounds(Rounds.Key.LATENCY);
        try (RunDirectory directory = workbench.directory(name())) {
            workbench.say("writing %,d events", OTHER_EVENTS + (long) RebuildFill.LARGE * RebuildFill.LARGE_EVENTS);
            workbench.run(new Job(
                    RebuildFill.class.getName(),
                    directory.path(),
                    PARTITIONS,
                    OTHER_EVENTS,
                    Duration.ZERO,
                    FILL_LIMIT));
            Job job = workbench.job(StrandlineRebuild.class.getName(), directory, PARTITIONS, OTHER_EVENTS);
            // Once without measuring, so that the files are in the page cache.
            workbench.run(new Job(job.side(), job.directory(), PARTITIONS, OTHER_EVENTS, Duration.ZERO, Duration.ZERO));
            for (int round = 1; round <= workbench.plan().rounds(); round++) {
                List<Measurement> measured = workbench.run(job);
                workbench.add(rounds, round, FRESH, measured.get(0));
                workbench.add(rounds, round, WARM, measured.get(1));
            }
        }
        return rounds;
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(Bar.valueAtMost(name(), rounds.median(WARM).p50Millis(), "ms", TARGET_MILLIS));
    }
}
