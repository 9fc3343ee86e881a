package io.strandline.benchmarks.log;

import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.vertx.core.Vertx;
import java.util.List;

/** One reader at full speed from a server, on what {@link StrandlineFill} wrote. */
public final class StrandlineTcpRead implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        try (ChildJvm server = LogServer.start(job.directory())) {
            String address = LogServer.address(server);
            ReadLoad load = new ReadLoad(job, vertx -> Strandline.open(vertx, address));
            Awaited.await(Vertx.vertx().deployVerticle(load));
            return List.of(Window.measure(job, load.progress(), CpuTime.withServer(server.pid())));
        }
    }
}
