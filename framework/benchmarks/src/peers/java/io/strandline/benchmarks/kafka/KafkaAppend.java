package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import java.util.List;

/** Kafka's producer at full speed. */
public final class KafkaAppend implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        try (KafkaCluster cluster = KafkaCluster.start(job.directory())) {
            cluster.createTopic(job.partitions());
            ProducerLoad load = ProducerLoad.start(cluster.address(), Long.MAX_VALUE);
            return List.of(Window.measure(job, load.progress(), cluster.cpuTime()));
        }
    }
}
