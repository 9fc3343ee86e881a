package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import java.util.List;

/** Kafka's consumer at full speed, on what {@link KafkaFill} wrote. */
public final class KafkaRead implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        try (KafkaCluster cluster = KafkaCluster.start(job.directory())) {
            ConsumerLoad load = ConsumerLoad.start(cluster.address(), job.partitions(), job.events());
            Measurement measured = Window.measure(job, load.progress(), cluster.cpuTime());
            cluster.stop(); // the next round starts on the same files
            return List.of(measured);
        }
    }
}
