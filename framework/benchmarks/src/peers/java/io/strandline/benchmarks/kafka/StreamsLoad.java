package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.pipeline.PipelineWork;
import io.strandline.benchmarks.pipeline.TimedEvents;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/** A topology of Kafka Streams on a topic that is filled before and holds enough for the whole measurement. */
final class StreamsLoad {

    static final String SINK = "results";

    /** More than Kafka Streams computes in a second here. */
    private static final long EVENTS_PER_SECOND = 250_000;

    private static final int LINGER_MILLIS = 5;
    private static final int BATCH_BYTES = 64 << 10;

    private StreamsLoad() {}

    /** Adds the operators to a builder. */
    @FunctionalInterface
    interface Topology {

        /**
         * Adds the operators.
         *
         * @param counter is to be called for every event
         */
        void describe(StreamsBuilder builder, Runnable counter);
    }

    /** Fills a topic, runs the topology on it, and measures. */
    static Measurement measure(Job job, PipelineWork work, Topology topology) throws Exception {
        long events = job.warmUp().plus(job.measured()).toSeconds() * EVENTS_PER_SECOND;
        SharedProgress load = new SharedProgress(events);
        try (KafkaCluster cluster = KafkaCluster.start(job.directory())) {
            cluster.createTopic(job.partitions());
            cluster.createTopic(SINK, job.partitions());
            fill(cluster.address(), new TimedEvents(work.keys()), events);
            StreamsBuilder builder = new StreamsBuilder();
            topology.describe(builder, load::count);
            try (KafkaStreams streams = new KafkaStreams(
                    builder.build(),
                    properties(cluster.address(), job.directory().resolve("state")))) {
                CountDownLatch running = new CountDownLatch(1);
                streams.setStateListener((now, before) -> {
                    if (now == KafkaStreams.State.RUNNING) {
                        running.countDown();
                    }
                });
                streams.setUncaughtExceptionHandler(thrown -> {
                    load.fail(thrown);
                    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
                });
                streams.start();
                running.await();
                return Window.measure(job, load, cluster.cpuTime());
            }
        }
    }

    private static void fill(String address, TimedEvents events, long count) {
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                address,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                StringSerializer.class,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                ByteArraySerializer.class,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.LINGER_MS_CONFIG,
                LINGER_MILLIS,
                ProducerConfig.BATCH_SIZE_CONFIG,
                BATCH_BYTES))) {
            for (long n = 0; n < count; n++) {
                // A broker that refuses is missed by the measurement.
                Future<?> unused =
                        producer.send(new ProducerRecord<>(KafkaCluster.TOPIC, events.nextKey(), events.event(n)));
            }
            producer.flush();
        }
    }

    private static Properties properties(String address, Path state) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "benchmark");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, address);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, PipelineWork.CHECKPOINT_MILLIS);
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        properties.put("auto.offset.reset", "earliest");
        return properties;
    }
}
