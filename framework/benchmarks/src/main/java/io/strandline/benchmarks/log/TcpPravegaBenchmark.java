package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Contender;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Appending to a log in another process at full speed, beside Pravega, with every acknowledgement durable on both sides. */
public final class TcpPravegaBenchmark implements Benchmark {

    private static final int[] SEGMENTS = {1, 16};
    private static final double TARGET_RATIO = 1.2;

    @Override
    public String name() {
        return "tcp-pravega";
    }

    @Override
    public String subject() {
        return "Appends of 100 B events to 1 and to 16 partitions (segments) over loopback, 16 MiB in flight, CPU of client and"
                + " server. strandline: acknowledged after fdatasync; pravega: 0.13, one JVM with 4 segment containers,"
                + " controller, ZooKeeper and one bookie (ensemble, write and acknowledgement quorum 1), defaults otherwise:"
                + " acknowledged after fsync of the bookie's journal, second tier in a directory of the same disk.";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        List<Contender> contenders = new ArrayList<>();
        for (int segments : SEGMENTS) {
            contenders.add(new Contender(
                    side(MeasuredLog.NAME, segments),
                    () -> workbench.measure(StrandlineTcp.class.getName(), segments)));
            contenders.add(
                    new Contender(side(Pravega.NAME, segments), () -> workbench.measure(Pravega.APPEND, segments)));
        }
        return workbench.inTurn(Rounds.Key.SPEED, contenders.toArray(Contender[]::new));
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        List<Bar> bars = new ArrayList<>();
        for (int segments : SEGMENTS) {
            String ours = side(MeasuredLog.NAME, segments);
            String theirs = side(Pravega.NAME, segments);
            bars.add(Bar.valueAtMost(
                    name(),
                    rounds.median(ours).cpuMicrosPerEvent(),
                    "µs CPU per event, " + segments,
                    rounds.median(theirs).cpuMicrosPerEvent()));
            bars.add(Bar.ratioAtLeast(name(), rounds.speedRatio(ours, theirs), theirs, TARGET_RATIO));
        }
        return bars;
    }

    private static String side(String name, int segments) {
        return name + ", " + segments;
    }
}
