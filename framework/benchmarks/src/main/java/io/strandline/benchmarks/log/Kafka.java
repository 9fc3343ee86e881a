package io.strandline.benchmarks.log;

/** Class names of Kafka's sides, which stand on the class path with the Maven profile {@code peers} only. */
final class Kafka {

    static final String NAME = "kafka";
    static final String APPEND = "io.strandline.benchmarks.kafka.KafkaAppend";
    static final String FILL = "io.strandline.benchmarks.kafka.KafkaFill";
    static final String READ = "io.strandline.benchmarks.kafka.KafkaRead";
    static final String ACK = "io.strandline.benchmarks.kafka.KafkaAck";

    private Kafka() {}
}
