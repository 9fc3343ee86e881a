package io.strandline.benchmarks.aggregate;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.log.BesideBareWrites;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Measures many commands in flight, then one client alone, and then the bare writes with which that takes turns. */
public final class StrandlineCommands implements Side {

    /** Commands that every side keeps in flight. */
    public static final int IN_FLIGHT = 256;

    /** Until the log has moved what the many commands wrote. */
    private static final Duration SETTLING = Duration.ofSeconds(1);

    @Override
    public List<Measurement> run(Job job) throws Exception {
        AccountLoad load = new AccountLoad(job, MeasuredAccounts::commands);
        Awaited.await(Vertx.vertx().deployVerticle(load));
        load.keep(IN_FLIGHT);
        List<Measurement> measured = new ArrayList<>();
        measured.add(Window.measure(job, load.progress(), CpuTime.ofThisProcess()));
        Awaited.await(load.stopCalls());
        measured.addAll(BesideBareWrites.measure(job.withWarmUp(SETTLING), load::run));
        return measured;
    }
}
