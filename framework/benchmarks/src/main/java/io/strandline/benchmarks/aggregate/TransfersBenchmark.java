package io.strandline.benchmarks.aggregate;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import io.strandline.benchmarks.log.MeasuredLog;
import java.io.IOException;
import java.util.List;

/** Transfers between aggregates by a process manager. It has no target. */
public final class TransfersBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;

    @Override
    public String name() {
        return "transfers";
    }

    @Override
    public String subject() {
        return String.format(
                "Transfers between %,d accounts in %d partitions by a process manager, %d in flight, from the call until the process has reacted"
                        + " to the receipt. Each is two commands, a deadline set and cleared, and an answer, all durable."
                        + " events/s counts transfers.",
                EventSource.KEYS, PARTITIONS, StrandlineTransfers.IN_FLIGHT);
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return workbench.inTurn(
                Rounds.Key.SPEED,
                new Contender(
                        MeasuredLog.NAME, () -> workbench.measure(StrandlineTransfers.class.getName(), PARTITIONS)));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of();
    }
}
