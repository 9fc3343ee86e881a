package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** One transaction at a time, beside a bare durable write in the same JVM. */
public final class TransactionBenchmark implements Benchmark {

    private static final int PARTITIONS = 4;
    private static final double TARGET_MILLIS = 5;

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
        return BesideBareWrites.rounds(workbench, name(), StrandlineTransactions.class, PARTITIONS);
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double millis = rounds.median(MeasuredLog.NAME).p50Millis();
        return List.of(Bar.valueAtMost(name(), millis, "ms", TARGET_MILLIS));
    }
}
