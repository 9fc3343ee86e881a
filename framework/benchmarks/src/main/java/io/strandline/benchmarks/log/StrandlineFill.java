package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.vertx.core.Vertx;
import java.util.List;

/** Writes the events that {@link StrandlineRead} reads, and closes the log. */
public final class StrandlineFill implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        AppendLoad load = AppendLoad.limited(job);
        String deployment = EmbeddedLog.await(vertx.deployVerticle(load));
        load.end().get();
        EmbeddedLog.await(vertx.undeploy(deployment));
        return List.of();
    }
}
