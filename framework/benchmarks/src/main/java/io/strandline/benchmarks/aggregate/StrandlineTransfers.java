package io.strandline.benchmarks.aggregate;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Progress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.process.ProcessTargets;
import io.strandline.processing.process.Processes;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Keeps transfers between accounts in flight, each from the call until its receiver has the money and the process knows. */
public final class StrandlineTransfers implements Side {

    static final int IN_FLIGHT = 256;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Transfers transfers = new Transfers(job);
        Awaited.await(Vertx.vertx().deployVerticle(transfers));
        transfers.begin();
        return List.of(Window.measure(job, transfers.progress, CpuTime.ofThisProcess()));
    }

    private static final class Transfers extends VerticleBase {

        private static final String ACCOUNTS = "bank/accounts";

        private final Job job;
        private final EventSource source = new EventSource();
        private final String[] ids = source.keys();
        private final Progress progress = new Progress();
        private final Map<String, Long> begun = new HashMap<>();
        private @Nullable Aggregates<MeasuredTransfers.Command, MeasuredTransfers.Account> accounts;
        private long number;

        Transfers(Job job) {
            this.job = job;
        }

        @Override
        public Future<?> start() {
            AggregateOptions options =
                    new AggregateOptions().setStream(ACCOUNTS).setPartitions(job.partitions());
            return MeasuredLog.open(vertx, job, new LogOptions())
                    .compose(log -> Aggregates.open(vertx, log, MeasuredTransfers.ACCOUNT, options)
                            .onSuccess(opened -> accounts = opened)
                            .compose(opened -> MeasuredAccounts.inMemory(opened, ids))
                            .compose(opened -> Processes.open(
                                    vertx,
                                    log,
                                    StateSync.create(vertx, LogRevisionStore.open(vertx, log)),
                                    MeasuredTransfers.process(ACCOUNTS, this::arrived),
                                    ProcessTargets.of(MeasuredTransfers.ACCOUNTS, opened),
                                    new ProcessOptions().setStream("bank/transfers"))));
        }

        /** Called from any thread. */
        void begin() {
            context.runOnContext(started -> {
                for (int i = 0; i < IN_FLIGHT; i++) {
                    next();
                }
            });
        }

        private void next() {
            String transfer = "transfer" + number++;
            begun.put(transfer, System.nanoTime());
            Objects.requireNonNull(accounts)
                    .execute(ids[source.nextKey()], new MeasuredTransfers.Send(transfer, ids[source.nextKey()], 1))
                    .onFailure(progress::fail);
        }

        /** Called on the context of the process. A reaction may be made again after a failure. */
        private void arrived(String transfer) {
            context.runOnContext(heard -> {
                Long start = begun.remove(transfer);
                if (start != null) {
                    progress.record(System.nanoTime() - start);
                    progress.count();
                    next();
                }
            });
        }
    }
}
