package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** Appending to a log in another process at full speed, beside Kafka. */
public final class TcpBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final double TARGET_RATIO = 2.5;

    @Override
    public String name() {
        return "tcp";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events to 16 partitions over loopback, CPU of client and server."
                + " strandline: acknowledged after fdatasync; kafka: acks=all, its default without fsync.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return workbench.inTurn(
                Rounds.Key.SPEED,
                new Contender(MeasuredLog.NAME, () -> workbench.measure(StrandlineTcp.class.getName(), PARTITIONS)),
                new Contender(Kafka.NAME, () -> workbench.measure(Kafka.APPEND, PARTITIONS)));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double kafkaMicros = rounds.median(Kafka.NAME).cpuMicrosPerEvent();
        return List.of(
                Bar.valueAtMost(
                        name(), rounds.median(MeasuredLog.NAME).cpuMicrosPerEvent(), "µs CPU per event", kafkaMicros),
                Bar.ratioAtLeast(name(), rounds.speedRatio(MeasuredLog.NAME, Kafka.NAME), Kafka.NAME, TARGET_RATIO));
    }
}
