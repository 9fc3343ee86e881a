package io.strandline.benchmarks.flink;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.pipeline.PipelineWork;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** A running sum for each key, with an output for each event, which is dropped. An event is its key and its number, no more. */
public final class FlinkSum implements Side {

    private static final String[] KEYS = LongStream.range(0, PipelineWork.SUM.keys())
            .mapToObj(PipelineWork::key)
            .toArray(String[]::new);

    /** Neighbours go to keys that are far from each other. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        return FlinkLoad.measure(job, WatermarkStrategy.noWatermarks(), FlinkSum::describe);
    }

    private static void describe(DataStream<Long> numbers) {
        numbers.map(n -> Tuple2.of(key(n), n))
                .returns(Types.TUPLE(Types.STRING, Types.LONG))
                .keyBy(event -> event.f0, Types.STRING)
                .reduce((sum, event) -> Tuple2.of(sum.f0, sum.f1 + event.f1))
                .sinkTo(new DiscardingSink<>());
    }

    private static String key(long n) {
        return KEYS[(int) (((n * GOLDEN) >>> 33) % KEYS.length)];
    }
}
