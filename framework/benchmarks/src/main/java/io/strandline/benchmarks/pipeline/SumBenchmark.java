package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Rounds;
import java.util.List;

/** A running sum by key, from a log into a log. */
public final class SumBenchmark extends BesidePeer {

    private static final double TARGET_RATIO = 10;

    public SumBenchmark() {
        super(
                PipelineWork.SUM,
                StrandlinePipelineFill.Sum.class,
                StrandlineSum.class,
                KafkaStreamsSides.NAME,
                KafkaStreamsSides.SUM);
    }

    @Override
    public String name() {
        return "sum";
    }

    @Override
    public String subject() {
        return "A running sum of events of 100 B by 10,000 keys, from 16 partitions into 16, exactly once, one output for each"
                + " event. strandline: outputs and checkpoints after fdatasync, a checkpoint each second; kafka streams:"
                + " exactly_once_v2, a commit each second, two threads, without fsync; CPU of client and broker.";
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(cpu(rounds, TARGET_RATIO), speed(rounds, TARGET_RATIO));
    }
}
