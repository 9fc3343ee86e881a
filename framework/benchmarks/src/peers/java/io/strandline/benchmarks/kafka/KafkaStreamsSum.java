package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.pipeline.PipelineWork;
import io.strandline.benchmarks.pipeline.TimedEvents;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/** A running sum for each key, with an output for each event: its cache is off. */
public final class KafkaStreamsSum implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        return List.of(StreamsLoad.measure(job, PipelineWork.SUM, KafkaStreamsSum::describe));
    }

    private static void describe(StreamsBuilder builder, Runnable counter) {
        builder.stream(KafkaCluster.TOPIC, Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
                .aggregate(
                        () -> 0L,
                        (key, event, sum) -> {
                            counter.run();
                            return sum + TimedEvents.number(event, 0);
                        },
                        Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("sum")
                                .withKeySerde(Serdes.String())
                                .withValueSerde(Serdes.Long())
                                .withCachingDisabled())
                .toStream()
                .to(StreamsLoad.SINK, Produced.with(Serdes.String(), Serdes.Long()));
    }
}
