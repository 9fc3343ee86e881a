package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;

/** Clients of the REST server, each with one request after the other. */
public final class StrandlineRest implements Side {

    static final int EVENTS = 100;
    static final int CONNECTIONS = 64;
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    @Override
    public List<Measurement> run(Job job) throws Exception {
        try (ChildJvm server =
                ChildJvm.start(RestLogServer.class, job.directory().toString(), Integer.toString(job.partitions()))) {
            int port = Integer.parseInt(
                    server.awaitLine(RestLogServer.PORT, START_LIMIT).substring(RestLogServer.PORT.length()));
            RestLoad load = new RestLoad(port, EVENTS, CONNECTIONS);
            Awaited.await(Vertx.vertx().deployVerticle(load));
            return List.of(Window.measure(job, load.progress(), CpuTime.withServer(server.pid())));
        }
    }
}
