package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Rounds;
import java.util.List;

/** A running sum by key, from a log into a log, beside Flink without any. */
public final class SumFlinkBenchmark extends BesidePeer {

    private static final double TARGET_RATIO = 0.4;

    public SumFlinkBenchmark() {
        super(PipelineWork.SUM, StrandlinePipelineFill.Sum.class, StrandlineSum.class, FlinkSides.NAME, FlinkSides.SUM);
    }

    @Override
    public String name() {
        return "sum-flink";
    }

    @Override
    public String subject() {
        return "A running sum by 10,000 keys, exactly once, one output for each event. strandline: events of 100 B from 16"
                + " partitions into 16, outputs and checkpoints after fdatasync, a checkpoint each second; flink: "
                + FlinkSides.SUBJECT;
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(speed(rounds, TARGET_RATIO));
    }
}
