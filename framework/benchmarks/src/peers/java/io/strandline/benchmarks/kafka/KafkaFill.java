package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.util.List;

/** Writes the events that {@link KafkaRead} reads, and shuts the broker down. */
public final class KafkaFill implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        try (KafkaCluster cluster = KafkaCluster.start(job.directory())) {
            cluster.createTopic(job.partitions());
            ProducerLoad.start(cluster.address(), job.events()).awaitEnd();
            cluster.stop();
        }
        return List.of();
    }
}
