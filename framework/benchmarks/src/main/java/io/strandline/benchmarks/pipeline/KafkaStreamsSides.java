package io.strandline.benchmarks.pipeline;

/** Class names of the sides of Kafka Streams, which stand on the class path with the Maven profile {@code peers} only. */
final class KafkaStreamsSides {

    static final String NAME = "kafka streams";
    static final String SUM = "io.strandline.benchmarks.kafka.KafkaStreamsSum";
    static final String WINDOWS = "io.strandline.benchmarks.kafka.KafkaStreamsWindows";

    private KafkaStreamsSides() {}
}
