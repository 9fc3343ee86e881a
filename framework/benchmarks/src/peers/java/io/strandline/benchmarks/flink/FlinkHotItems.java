package io.strandline.benchmarks.flink;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.nexmark.HotItem;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Bid;
import io.strandline.benchmarks.nexmark.NexmarkGenerator;
import io.strandline.benchmarks.nexmark.NexmarkQuery;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;

/** Query 5 of Nexmark: the auction with the most bids of the last ten seconds, every two seconds. */
public final class FlinkHotItems implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        WatermarkStrategy<Long> time = WatermarkStrategy.<Long>forMonotonousTimestamps()
                .withTimestampAssigner((n, none) -> NexmarkGenerator.time(n));
        return FlinkLoad.measure(job, time, FlinkHotItems::describe);
    }

    private static void describe(DataStream<Long> numbers) {
        FlatMapFunction<Long, Long> auctions = (n, out) -> {
            if (NexmarkGenerator.event(n) instanceof Bid bid) {
                out.collect(bid.auction());
            }
        };
        WindowFunction<Long, Tuple3<Long, Long, Long>, Long, TimeWindow> named = (auction, window, counts, out) ->
                counts.forEach(count -> out.collect(Tuple3.of(window.getEnd(), auction, count)));
        numbers.flatMap(auctions)
                .returns(Types.LONG)
                .keyBy(auction -> auction, Types.LONG)
                .window(SlidingEventTimeWindows.of(NexmarkQuery.LAST, NexmarkQuery.EVERY))
                .aggregate(new Count(), named, Types.LONG, Types.TUPLE(Types.LONG, Types.LONG, Types.LONG))
                .windowAll(TumblingEventTimeWindows.of(NexmarkQuery.EVERY))
                .reduce(FlinkHotItems::hotter)
                .sinkTo(new DiscardingSink<>());
    }

    private static Tuple3<Long, Long, Long> hotter(Tuple3<Long, Long, Long> one, Tuple3<Long, Long, Long> other) {
        HotItem first = new HotItem(one.f0, one.f1, one.f2);
        return HotItem.hotter(first, new HotItem(other.f0, other.f1, other.f2)).equals(first) ? one : other;
    }

    /** Counts the bids of an auction. */
    private static final class Count implements AggregateFunction<Long, Long, Long> {

        private static final long serialVersionUID = 1;

        @Override
        public Long createAccumulator() {
            return 0L;
        }

        @Override
        public Long add(Long auction, Long count) {
            return count + 1;
        }

        @Override
        public Long getResult(Long count) {
            return count;
        }

        @Override
        public Long merge(Long one, Long other) {
            return one + other;
        }
    }
}
