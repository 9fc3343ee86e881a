package io.strandline.benchmarks.sync;

import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * Synchronizers of one name on a log in files, as many as the job has partitions. Measures their updates, and then, as
 * events per second, how often a function was run for them.
 */
public final class DurableUpdates implements Side {

    private static final String NAME = "benchmark/tally";

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(Strandline.open(vertx, "file:" + job.directory()));
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        UpdateLoad load = new UpdateLoad(sync, NAME, "updater-", job.partitions());
        Awaited.await(load.start(vertx));
        Measurement updates = Window.measure(job, load, CpuTime.ofThisProcess());
        double runs = updates.eventsPerSecond() * load.attempts();
        return List.of(updates, new Measurement(runs, Double.NaN, Double.NaN, Double.NaN));
    }
}
