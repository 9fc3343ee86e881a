package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** Reading a stream of a log in another process from its start, beside Kafka. */
public final class TcpReadBenchmark implements Benchmark {

    private static final double TARGET = 1.2;

    @Override
    public String name() {
        return "tcp-read";
    }

    @Override
    public String subject() {
        return "Catch-up reads over loopback of 100 B events in 16 partitions, page cache warm, CPU of client and server."
                + " strandline: one handler call an event; kafka: its consumer.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return ReadBenchmark.besideKafka(workbench, StrandlineTcpRead.class);
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double ratio = rounds.speedRatio(MeasuredLog.NAME, Kafka.NAME);
        return List.of(Bar.ratioAtLeast(name(), ratio, Kafka.NAME, TARGET));
    }
}
