package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.vertx.core.Vertx;
import java.util.List;

/** One append at a time to a server, acknowledged after fdatasync there. */
public final class StrandlineTcpAck implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        try (ChildJvm server = LogServer.start(job.directory())) {
            OneAtATime appends = new OneAtATime(job, LogServer.address(server));
            Awaited.await(Vertx.vertx().deployVerticle(appends));
            Awaited.await(appends.run(job.warmUp(), new Latencies()));
            Latencies latencies = new Latencies();
            latencies.open();
            long events = Awaited.await(appends.run(job.measured(), latencies));
            return List.of(OneAtATime.measurement(events, job, latencies));
        }
    }
}
