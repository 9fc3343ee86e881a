package io.strandline.benchmarks.sync;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** Durable updates of a shared state: one synchronizer alone, and four that contend for one name. */
public final class SyncBenchmark implements Benchmark {

    private static final int CONTENDING = 4;
    private static final double TARGET_ALONE = 2_000;
    private static final double TARGET_CONTENDING = 4_000;
    private static final double TARGET_ATTEMPTS = 1.5;
    private static final String ALONE = "1 updater";
    private static final String FOUR = "4 updaters";
    private static final String RUNS = ", function runs";

    @Override
    public String name() {
        return "sync";
    }

    @Override
    public String subject() {
        return "Updates of one shared state on a log in files, each acknowledged after fdatasync; every updater has a"
                + " synchronizer of its own, on its own context, and updates again when its last update is durable.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        Rounds rounds = new Rounds(Rounds.Key.SPEED);
        for (int round = 1; round <= workbench.plan().rounds(); round++) {
            measure(workbench, rounds, round, ALONE, 1);
            measure(workbench, rounds, round, FOUR, CONTENDING);
        }
        return rounds;
    }

    private void measure(Workbench workbench, Rounds rounds, int round, String side, int updaters)
            throws IOException, InterruptedException {
        try (RunDirectory directory = workbench.directory(name())) {
            Job job = workbench.job(DurableUpdates.class.getName(), directory, updaters, 0);
            List<Measurement> measured = workbench.run(job);
            workbench.add(rounds, round, side, measured.get(0));
            workbench.add(rounds, round, side + RUNS, measured.get(1));
        }
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double alone = rounds.median(ALONE).eventsPerSecond();
        double contending = rounds.median(FOUR).eventsPerSecond();
        double attempts = rounds.speedRatio(FOUR + RUNS, FOUR);
        return List.of(
                Bar.valueAtLeast(name(), alone, "updates/s, " + ALONE, TARGET_ALONE),
                Bar.valueAtMost(name(), attempts, "attempts per update, " + FOUR, TARGET_ATTEMPTS),
                Bar.valueAtLeast(name(), contending, "updates/s, " + FOUR, TARGET_CONTENDING));
    }
}
