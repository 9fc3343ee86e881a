package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.OneAtATime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka's producer with one event at a time, and a broker that forces each to the disk. */
public final class KafkaAck implements Side {

    private final EventSource source = new EventSource();
    private final byte[][] keys = Arrays.stream(source.keys())
            .map(key -> key.getBytes(StandardCharsets.US_ASCII))
            .toArray(byte[][]::new);
    private final byte[][] payloads = source.payloads();

    @Override
    public List<Measurement> run(Job job) throws Exception {
        try (KafkaCluster cluster = KafkaCluster.start(job.directory())) {
            cluster.createTopic(
                    KafkaCluster.TOPIC, job.partitions(), Map.of(TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG, "1"));
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(Map.of(
                    ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                    cluster.address(),
                    ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                    ByteArraySerializer.class,
                    ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                    ByteArraySerializer.class,
                    ProducerConfig.ACKS_CONFIG,
                    "all",
                    ProducerConfig.LINGER_MS_CONFIG,
                    0))) {
                append(producer, job.warmUp(), new Latencies());
                Latencies latencies = new Latencies();
                latencies.open();
                long events = append(producer, job.measured(), latencies);
                return List.of(OneAtATime.measurement(events, job, latencies));
            }
        }
    }

    private long append(KafkaProducer<byte[], byte[]> producer, Duration time, Latencies latencies)
            throws InterruptedException, ExecutionException {
        long end = System.nanoTime() + time.toNanos();
        long count = 0;
        for (long start = System.nanoTime(); start < end; start = System.nanoTime()) {
            producer.send(new ProducerRecord<>(
                            KafkaCluster.TOPIC, keys[source.nextKey()], payloads[EventSource.payload(count)]))
                    .get();
            latencies.record(System.nanoTime() - start);
            count++;
        }
        return count;
    }
}
