package io.strandline.benchmarks.aggregate;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.vertx.core.Vertx;
import java.util.List;

/** As many appends in flight as {@link StrandlineCommands} has commands, of the same events, with nothing that decides them. */
public final class PlainAppends implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        AccountLoad load = new AccountLoad(job, MeasuredAccounts::appends);
        Awaited.await(Vertx.vertx().deployVerticle(load));
        load.keep(StrandlineCommands.IN_FLIGHT);
        return List.of(Window.measure(job, load.progress(), CpuTime.ofThisProcess()));
    }
}
