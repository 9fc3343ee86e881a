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

/** One transaction at a time, beside a bare durable write in the same JVM. */
public final class TransactionBenchmark implements Benchmark {

    private static final int PARTITIONS = 4;
    private static final double TARGET_MILLIS = 5;
    private static final String BARE = "bare 4 KB write + fdatasync";

    @Override
    public String name() {
        return "txn";
    }

    @Override
    public String subject() {
        return "Transactions of " + TransactionLoad.EVENTS + " events of 100 B over " + TransactionLoad.STREAMS
                + " streams of " + PARTITIONS + " partitions, begun, written and committed one after the other, durable"
                + " and readable when they are committed; in turn with bare writes in the same JVM. events/s counts"
                + " transactions.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        Rounds rounds = new Rounds(Rounds.Key.LATENCY);
        for (int round = 1; round <= workbench.plan().rounds(); round++) {
            try (RunDirectory directory = workbench.directory(name())) {
                Job job = workbench.job(StrandlineTransactions.class.getName(), directory, PARTITIONS, 0);
                List<Measurement> measured = workbench.run(job);
                workbench.add(rounds, round, MeasuredLog.NAME, measured.get(0));
                workbench.add(rounds, round, BARE, measured.get(1));
            }
        }
        return rounds;
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double millis = rounds.median(MeasuredLog.NAME).p50Millis();
        return List.of(Bar.valueAtMost(name(), millis, "ms", TARGET_MILLIS));
    }
}
