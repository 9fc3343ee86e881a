package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Load;
import io.strandline.benchmarks.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** One consumer that reads a topic from its start to its end, again and again, with one handler call an event. */
final class ConsumerLoad {

    private static final Duration POLL_LIMIT = Duration.ofSeconds(1);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions;
    private final long events;
    private final Progress progress = new Progress();

    private ConsumerLoad(String address, int partitions, long events) {
        this.partitions = KafkaCluster.partitions(partitions);
        this.events = events;
        consumer = new KafkaConsumer<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                address,
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false));
    }

    /**
     * Starts to read on a thread of its own.
     *
     * @param events number of events in the topic
     */
    static ConsumerLoad start(String address, int partitions, long events) {
        ConsumerLoad load = new ConsumerLoad(address, partitions, events);
        Thread reader = new Thread(load::read, "reader");
        reader.setDaemon(true);
        reader.start();
        return load;
    }

    /** How far it has come. */
    Load progress() {
        return progress;
    }

    private void read() {
        try {
            consumer.assign(partitions);
            while (true) {
                pass();
            }
        } catch (RuntimeException broken) {
            progress.fail(broken);
        }
    }

    private void pass() {
        long end = progress.completed() + events;
        consumer.seekToBeginning(partitions);
        Consumer<ConsumerRecord<byte[], byte[]>> handler = this::handle;
        while (progress.completed() < end) {
            consumer.poll(POLL_LIMIT).forEach(handler);
        }
    }

    private void handle(ConsumerRecord<byte[], byte[]> event) {
        if (event.value().length != EventSource.EVENT_BYTES) {
            throw new IllegalStateException(
                    "event of " + event.value().length + " bytes, written were " + EventSource.EVENT_BYTES);
        }
        progress.count();
    }
}
