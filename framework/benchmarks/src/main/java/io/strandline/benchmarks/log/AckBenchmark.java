package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** One event at a time, beside a bare durable write in the same JVM. */
public final class AckBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final double TARGET = 1.5;

    @Override
    public String name() {
        return "ack";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events to 16 partitions, the next when the last is acknowledged; in turn with bare"
                + " writes in the same JVM.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return BesideBareWrites.rounds(workbench, name(), StrandlineAck.class, PARTITIONS);
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double ratio = rounds.latencyRatio(MeasuredLog.NAME, BesideBareWrites.BARE);
        return List.of(Bar.ratioAtMost(name(), ratio, BesideBareWrites.BARE, TARGET));
    }
}
