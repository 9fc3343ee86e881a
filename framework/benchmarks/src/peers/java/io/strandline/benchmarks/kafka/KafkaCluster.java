package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.CpuTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;

/** A broker in a JVM of its own, as its clients see it. */
final class KafkaCluster implements AutoCloseable {

    static final String TOPIC = "events";
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final ChildJvm broker;
    private final String address;

    private KafkaCluster(ChildJvm broker, String address) {
        this.broker = broker;
        this.address = address;
    }

    /** Starts a broker on a directory, which may hold the data of an earlier one, and waits until it serves. */
    static KafkaCluster start(Path directory) throws IOException, InterruptedException, ExecutionException {
        ChildJvm broker = ChildJvm.start(KafkaBroker.class, directory.toString());
        String port = broker.awaitLine(KafkaBroker.PORT, START_LIMIT).substring(KafkaBroker.PORT.length());
        KafkaCluster cluster = new KafkaCluster(broker, KafkaBroker.LOOPBACK + ":" + port);
        cluster.awaitServing();
        return cluster;
    }

    void createTopic(int partitions) throws InterruptedException, ExecutionException {
        createTopic(TOPIC, partitions);
    }

    void createTopic(String topic, int partitions) throws InterruptedException, ExecutionException {
        createTopic(topic, partitions, Map.of());
    }

    void createTopic(String topic, int partitions, Map<String, String> settings)
            throws InterruptedException, ExecutionException {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(
                            new NewTopic(topic, Optional.of(partitions), Optional.of((short) 1)).configs(settings)))
                    .all()
                    .get();
        }
    }

    static List<TopicPartition> partitions(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new TopicPartition(TOPIC, i))
                .toList();
    }

    String address() {
        return address;
    }

    /** CPU of this process, the client, and of the broker. */
    CpuTime cpuTime() {
        return CpuTime.withServer(broker.pid());
    }

    /** Lets the broker shut down in order, so that its files need no recovery. */
    void stop() throws IOException, InterruptedException {
        broker.stop(STOP_LIMIT);
    }

    /** Kills the broker. */
    @Override
    public void close() throws IOException {
        broker.close();
    }

    private void awaitServing() throws InterruptedException, ExecutionException {
        try (Admin admin = admin()) {
            admin.describeCluster().nodes().get();
        }
    }

    private Admin admin() {
        return Admin.create(Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
                address,
                CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG,
                Math.toIntExact(START_LIMIT.toMillis())));
    }
}
