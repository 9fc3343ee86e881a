package io.strandline.benchmarks.pipeline;

/** A running sum by key, from a log into a log. */
public final class SumBenchmark extends BesideKafkaStreams {

    public SumBenchmark() {
        super(PipelineWork.SUM, StrandlinePipelineFill.Sum.class, StrandlineSum.class, KafkaStreamsSides.SUM, 10);
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
}
