package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** Very many subscriptions of a server to which nothing comes. */
public final class IdleBenchmark implements Benchmark {

    private static final int PARTITIONS = 1;
    private static final double MIB = 1 << 20;
    private static final double TARGET_MIB = 512;

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public String subject() {
        return String.format(
                "Memory of a server (largest resident set of its process, heap of %s) with %,d subscriptions of %d clients over"
                        + " loopback that wait for events. The latency is from an append until the last of them has its event.",
                StrandlineIdle.HEAP, StrandlineIdle.SUBSCRIPTIONS, StrandlineIdle.CLIENTS);
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return workbench.inTurn(
                Rounds.Key.BYTES,
                new Contender(MeasuredLog.NAME, () -> workbench.measure(StrandlineIdle.class.getName(), PARTITIONS)));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double mib = rounds.median(MeasuredLog.NAME).bytes() / MIB;
        return List.of(Bar.valueAtMost(name(), mib, "MiB", TARGET_MIB));
    }
}
