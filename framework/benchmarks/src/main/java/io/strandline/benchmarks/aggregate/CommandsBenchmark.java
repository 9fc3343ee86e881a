package io.strandline.benchmarks.aggregate;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.BesideBareWrites;
import java.io.IOException;
import java.util.List;

/**
 * Durable commands of aggregates: many in flight beside plain appends and beside Pekko persistence, and one client beside a bare
 * durable write.
 */
public final class CommandsBenchmark implements Benchmark {

    private static final int PARTITIONS = 4;
    private static final double TARGET_ONE = 1.6;
    private static final double TARGET_LEVELDB = 10;
    private static final double TARGET_MEMORY = 1.5;
    private static final String MANY = StrandlineCommands.IN_FLIGHT + " commands";
    private static final String APPENDS = StrandlineCommands.IN_FLIGHT + " plain appends";
    private static final String ONE = "1 client";

    @Override
    public String name() {
        return "commands";
    }

    @Override
    public String subject() {
        return String.format(
                "Commands of %,d accounts in memory, each with one small JSON event, answered after fdatasync: %d in"
                        + " flight, beside as many plain appends of the same events; then one client, in turn with bare"
                        + " writes in the same JVM. Snapshots every 100 events. %s: persistent actors on the native"
                        + " LevelDB with fsync; %s: on its journal in memory, nothing is durable; both without snapshots.",
                EventSource.KEYS, StrandlineCommands.IN_FLIGHT, PekkoSides.LEVELDB_NAME, PekkoSides.MEMORY_NAME);
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        Rounds rounds = new Rounds(Rounds.Key.LATENCY);
        for (int round = 1; round <= workbench.plan().rounds(); round++) {
            try (RunDirectory directory = workbench.directory(name())) {
                Job job = workbench.job(StrandlineCommands.class.getName(), directory, PARTITIONS, 0);
                List<Measurement> measured = workbench.run(job);
                workbench.add(rounds, round, MANY, measured.get(0));
                workbench.add(rounds, round, ONE, measured.get(1));
                workbench.add(rounds, round, BesideBareWrites.BARE, measured.get(2));
            }
            workbench.add(rounds, round, APPENDS, workbench.measure(PlainAppends.class.getName(), PARTITIONS));
            measurePeer(workbench, rounds, round, PekkoSides.LEVELDB_NAME, PekkoSides.LEVELDB);
            measurePeer(workbench, rounds, round, PekkoSides.MEMORY_NAME, PekkoSides.MEMORY);
        }
        return rounds;
    }

    /** Without the peers on the class path the rest is measured, and their bars are not met. */
    private static void measurePeer(Workbench workbench, Rounds rounds, int round, String name, String side)
            throws IOException, InterruptedException {
        if (Workbench.isPresent(side)) {
            workbench.add(rounds, round, name, workbench.measure(side, PARTITIONS));
        } else {
            workbench.say("%s is not measured: build with the Maven profile peers", name);
        }
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double ratio = rounds.latencyRatio(ONE, BesideBareWrites.BARE);
        return List.of(
                Bar.ratioAtMost(name() + ", " + ONE, ratio, BesideBareWrites.BARE, TARGET_ONE),
                beside(rounds, PekkoSides.MEMORY_NAME, TARGET_MEMORY),
                beside(rounds, PekkoSides.LEVELDB_NAME, TARGET_LEVELDB));
    }

    private Bar beside(Rounds rounds, String peer, double target) {
        return Bar.ratioAtLeast(name(), rounds.speedRatio(MANY, peer), peer, target);
    }
}
