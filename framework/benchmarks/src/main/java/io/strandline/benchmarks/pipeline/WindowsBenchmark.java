package io.strandline.benchmarks.pipeline;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Rounds;
import java.util.List;

/** Counts by key in windows of event time. */
public final class WindowsBenchmark extends BesidePeer {

    private static final double TARGET_RATIO = 5;

    public WindowsBenchmark() {
        super(
                PipelineWork.WINDOWS,
                StrandlinePipelineFill.Windows.class,
                StrandlineWindows.class,
                KafkaStreamsSides.NAME,
                KafkaStreamsSides.WINDOWS);
    }

    @Override
    public String name() {
        return "windows";
    }

    @Override
    public String subject() {
        return "Counts of events of 100 B by 100,000 keys in windows of one minute, a million events each, 1 % late, one output for"
                + " each key and window when it is over, from 16 partitions into 16, exactly once. strandline: a checkpoint each"
                + " second, all after fdatasync; kafka streams: exactly_once_v2, a commit each second, two threads, without fsync;"
                + " CPU of client and broker.";
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(cpu(rounds, TARGET_RATIO), speed(rounds, TARGET_RATIO));
    }
}
