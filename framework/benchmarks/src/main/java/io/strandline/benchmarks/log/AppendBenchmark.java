package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** Appending at full speed, beside Kafka. */
public final class AppendBenchmark implements Benchmark {

    private static final int PARTITIONS = 16;
    private static final double TARGET_RATIO = 8;
    private static final double TARGET_CPU_MICROS = 0.3;
    private static final double TARGET_BARE_RATIO = 0.65;

    @Override
    public String name() {
        return "append";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events to 16 partitions. strandline: acknowledged after fdatasync;"
                + " bare: the same bytes into the same kinds of files, twice, with the same forces, and nothing else;"
                + " kafka: acks=all, its default without fsync.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return workbench.inTurn(
                Rounds.Key.SPEED,
                new Contender(MeasuredLog.NAME, () -> workbench.measure(StrandlineAppend.class.getName(), PARTITIONS)),
                new Contender(BareAppend.NAME, () -> workbench.measure(BareAppend.class.getName(), PARTITIONS)),
                new Contender(Kafka.NAME, () -> workbench.measure(Kafka.APPEND, PARTITIONS)));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        double cpuMicros = rounds.median(MeasuredLog.NAME).cpuMicrosPerEvent();
        double ratio = rounds.speedRatio(MeasuredLog.NAME, Kafka.NAME);
        return List.of(
                Bar.valueAtMost(name(), cpuMicros, "µs CPU per event", TARGET_CPU_MICROS),
                Bar.ratioAtLeast(name(), ratio, Kafka.NAME, TARGET_RATIO),
                Bar.ratioAtLeast(
                        name(),
                        rounds.speedRatio(MeasuredLog.NAME, BareAppend.NAME),
                        BareAppend.NAME,
                        TARGET_BARE_RATIO));
    }
}
