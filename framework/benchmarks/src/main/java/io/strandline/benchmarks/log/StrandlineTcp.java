package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.vertx.core.Vertx;
import java.util.List;

/** One writer at full speed to a server, every acknowledgement after fdatasync there. */
public final class StrandlineTcp implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        try (ChildJvm server = LogServer.start(job.directory())) {
            AppendLoad load = AppendLoad.endless(job, LogServer.address(server));
            Awaited.await(Vertx.vertx().deployVerticle(load));
            return List.of(Window.measure(job, load.progress(), CpuTime.withServer(server.pid())));
        }
    }
}
