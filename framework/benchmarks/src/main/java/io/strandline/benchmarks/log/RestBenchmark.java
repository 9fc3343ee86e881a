package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** Appending over HTTP at full speed. */
public final class RestBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final double TARGET_EVENTS_PER_SECOND = 100_000;

    @Override
    public String name() {
        return "rest";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events as NDJSON over HTTP on loopback, " + StrandlineRest.EVENTS
                + " events a request, "
                + StrandlineRest.CONNECTIONS + " connections, to " + PARTITIONS
                + " partitions. Acknowledged after fdatasync. CPU of client and server.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return workbench.inTurn(
                Rounds.Key.SPEED,
                new Contender(MeasuredLog.NAME, () -> workbench.measure(StrandlineRest.class.getName(), PARTITIONS)));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(Bar.valueAtLeast(
                name(),
                rounds.median(MeasuredLog.NAME).eventsPerSecond(),
                "durable events/s",
                TARGET_EVENTS_PER_SECOND));
    }
}
