package io.strandline.benchmarks.flink;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Bid;
import io.strandline.benchmarks.nexmark.NexmarkGenerator;
import io.strandline.benchmarks.nexmark.NexmarkQuery;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Query 1 of Nexmark: every bid, its price in euros. */
public final class FlinkCurrency implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        return FlinkLoad.measure(job, WatermarkStrategy.noWatermarks(), FlinkCurrency::describe);
    }

    private static void describe(DataStream<Long> numbers) {
        FlatMapFunction<Long, Tuple4<Long, Long, Long, Long>> converted = (n, out) -> {
            if (NexmarkGenerator.event(n) instanceof Bid bid) {
                out.collect(Tuple4.of(bid.auction(), bid.bidder(), NexmarkQuery.toEuro(bid.price()), bid.time()));
            }
        };
        numbers.flatMap(converted)
                .returns(Types.TUPLE(Types.LONG, Types.LONG, Types.LONG, Types.LONG))
                .sinkTo(new DiscardingSink<>());
    }
}
