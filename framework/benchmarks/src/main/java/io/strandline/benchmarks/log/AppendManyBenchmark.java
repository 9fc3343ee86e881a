package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.List;

/** Appending to many partitions, beside appending to few. */
public final class AppendManyBenchmark implements Benchmark {

    private static final int FEW = 16;
    private static final int MANY = 4096;
    private static final double TARGET = 0.6;

    @Override
    public String name() {
        return "append-many";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events to 4096 partitions and to 16, each acknowledged after fdatasync.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        return workbench.inTurn(Rounds.Key.SPEED, contender(workbench, MANY), contender(workbench, FEW));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(Bar.ratioAtLeast(name(), rounds.speedRatio(side(MANY), side(FEW)), side(FEW), TARGET));
    }

    private static Contender contender(Workbench workbench, int partitions) {
        return new Contender(side(partitions), () -> workbench.measure(StrandlineAppend.class.getName(), partitions));
    }

    private static String side(int partitions) {
        return partitions + " partitions";
    }
}
