package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** One event at a time, beside a bare durable write in the same JVM. */
public final class AckBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final double TARGET = 1.6;
    private static final String BARE = "bare 4 KB write + fdatasync";

    @Override
    public String name() {
        return "ack";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events to 16 partitions, the next when the last is acknowledged; in turn with bare writes"
                + " in the same JVM.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        Rounds rounds = new Rounds(Rounds.Key.LATENCY);
        for (int round = 1; round <= workbench.plan().rounds(); round++) {
            try (RunDirectory directory = workbench.directory(name())) {
                Job job = workbench.job(StrandlineAck.class.getName(), directory, PARTITIONS, 0);
                List<Measurement> measured = workbench.run(job);
                workbench.add(rounds, round, MeasuredLog.NAME, measured.get(0));
                workbench.add(rounds, round, BARE, measured.get(1));
            }
        }
        return rounds;
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double ratio = rounds.latencyRatio(MeasuredLog.NAME, BARE);
        return List.of(Bar.ratioAtMost(name(), ratio, BARE, TARGET));
    }
}
