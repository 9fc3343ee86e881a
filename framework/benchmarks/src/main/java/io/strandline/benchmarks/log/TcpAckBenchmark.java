package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** One event at a time to a log in another process, beside Kafka that forces each. */
public final class TcpAckBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;

    @Override
    public String name() {
        return "tcp-ack";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events to 16 partitions over loopback, the next when the last is acknowledged."
                + " strandline: after fdatasync; kafka: acks=all, flush.messages=1, no linger.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return workbench.inTurn(
                Rounds.Key.LATENCY,
                new Contender(MeasuredLog.NAME, () -> workbench.measure(StrandlineTcpAck.class.getName(), PARTITIONS)),
                new Contender(Kafka.NAME, () -> workbench.measure(Kafka.ACK, PARTITIONS)));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double ratio = rounds.latencyRatio(MeasuredLog.NAME, Kafka.NAME);
        return List.of(Bar.ratioAtMost(name(), ratio, Kafka.NAME, 1));
    }
}
