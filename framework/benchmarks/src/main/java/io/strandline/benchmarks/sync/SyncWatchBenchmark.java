package io.strandline.benchmarks.sync;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** How soon a change of a shared state is known in another JVM. */
public final class SyncWatchBenchmark implements Benchmark {

    private static final double TARGET_MILLIS = 5;
    private static final String HAZELCAST = "hazelcast";

    @Override
    public String name() {
        return "sync-watch";
    }

    @Override
    public String subject() {
        return "From the call of an update in one JVM to the handler of changes in another, " + WritingMember.PER_SECOND
                + " updates a second, two JVMs on loopback. CPU of both.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return workbench.inTurn(Rounds.Key.LATENCY, new Contender(HAZELCAST, () -> {
            try (RunDirectory directory = workbench.directory(name())) {
                return workbench.measure(workbench.job(WatchedUpdates.class.getName(), directory, 1, 0));
            }
        }));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double millis = rounds.median(HAZELCAST).p50Millis();
        return List.of(Bar.valueAtMost(name(), millis, "ms, median, " + HAZELCAST, TARGET_MILLIS));
    }
}
