package io.strandline.benchmarks.sync;

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

/** Updates of a shared state in the memory of a cluster, by members that contend for one name. */
public final class SyncHazelcastBenchmark implements Benchmark {

    private static final double TARGET = 6_000;
    /** Three JVMs that compile at a time are busy with that for half a minute on two cores. */
    private static final Duration WARM_UP = Duration.ofSeconds(40);

    private static final String ALL = "3 JVMs, 12 updaters";
    private static final String RUNS = ALL + ", function runs";

    @Override
    public String name() {
        return "sync-hazelcast";
    }

    @Override
    public String subject() {
        return "Updates of one shared state by three JVMs on loopback, four updaters each, every update acknowledged by"
                + " the owner and one backup; each updater has a synchronizer of its own, on its own context, and updates"
                + " again when its last update is acknowledged. CPU of all three.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        Rounds rounds = new Rounds(Rounds.Key.SPEED);
        try (RunDirectory directory = workbench.directory(name())) {
            Job job = workbench
                    .job(HazelcastUpdates.class.getName(), directory, 1, 0)
                    .withWarmUp(WARM_UP);
            List<Measurement> measured = workbench.run(job);
            for (int round = 1; round <= HazelcastUpdates.WINDOWS; round++) {
                workbench.add(rounds, round, ALL, measured.get(2 * round - 2));
                workbench.add(rounds, round, RUNS, measured.get(2 * round - 1));
            }
        }
        return rounds;
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(Bar.valueAtLeast(name(), rounds.median(ALL).eventsPerSecond(), "updates/s", TARGET));
    }
}
