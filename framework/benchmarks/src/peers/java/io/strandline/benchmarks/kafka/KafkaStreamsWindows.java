package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.pipeline.PipelineWork;
import io.strandline.benchmarks.pipeline.TimedEvents;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.WindowStore;

/** The number of events of each key in each minute, when the minute is over. */
public final class KafkaStreamsWindows implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        return List.of(StreamsLoad.measure(job, PipelineWork.WINDOWS, KafkaStreamsWindows::describe));
    }

    private static void describe(StreamsBuilder builder, Runnable counter) {
        builder.stream(
                        KafkaCluster.TOPIC,
                        Consumed.with(Serdes.String(), Serdes.ByteArray()).withTimestampExtractor((event, highest) -> {
                            counter.run();
                            return TimedEvents.number((byte[]) event.value(), 0);
                        }))
                .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
                .windowedBy(
                        TimeWindows.ofSizeAndGrace(Duration.ofMillis(TimedEvents.MINUTE_MILLIS), Duration.ofSeconds(1)))
                .emitStrategy(EmitStrategy.onWindowClose())
                .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("minute")
                        .withKeySerde(Serdes.String())
                        .withValueSerde(Serdes.Long())
                        .withCachingDisabled())
                .toStream((window, count) -> window.key())
                .to(StreamsLoad.SINK, Produced.with(Serdes.String(), Serdes.Long()));
    }
}
