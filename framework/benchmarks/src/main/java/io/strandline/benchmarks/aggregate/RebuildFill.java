package io.strandline.benchmarks.aggregate;

import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes accounts with many events among others with few, mixed, all in chunks. */
public final class RebuildFill implements Side {

    /** Accounts with many events. */
    static final int LARGE = 20;

    static final int LARGE_EVENTS = 10_000;

    private static final int IN_FLIGHT = 4096;

    /** So many that every shard gets some, with a tail so small that all before them must be in chunks. */
    private static final int LAST_EVENTS = 1_000;

    private static final long SMALLEST_TAIL_BYTES = 64 << 10;

    static String large(int account) {
        return "large" + account;
    }

    /** @param job with the number of events of other accounts, a multiple of all those of the large ones */
    @Override
    public List<Measurement> run(Job job) throws Exception {
        long all = job.events() + (long) LARGE * LARGE_EVENTS;
        Vertx vertx = Vertx.vertx();
        write(vertx, new Deposits(job, new LogOptions(), 0, all - LAST_EVENTS));
        write(vertx, new Deposits(job, new LogOptions().setTailBytes(SMALLEST_TAIL_BYTES), all - LAST_EVENTS, all));
        return List.of();
    }

    private static void write(Vertx vertx, Deposits deposits) throws Exception {
        String deployment = Awaited.await(vertx.deployVerticle(deposits));
        Awaited.await(deposits.end.future());
        Awaited.await(vertx.undeploy(deployment));
    }

    /** A verticle that makes the deposits with some numbers. Undeployed it closes its log. */
    private static final class Deposits extends VerticleBase {

        private final Job job;
        private final LogOptions options;
        private final EventSource source = new EventSource();
        private final String[] others = source.keys();
        private final long largeEvery;
        private final Promise<Void> end = Promise.promise();
        private @Nullable Strandline log;
        private long sent;
        private long answered;
        private final long last;

        Deposits(Job job, LogOptions options, long first, long last) {
            this.job = job;
            this.options = options;
            this.largeEvery = 1 + job.events() / ((long) LARGE * LARGE_EVENTS);
            this.sent = first;
            this.answered = first;
            this.last = last;
        }

        @Override
        public Future<?> start() {
            return MeasuredLog.open(vertx, job, options)
                    .onSuccess(opened -> log = opened)
                    .compose(opened -> Aggregates.open(
                            vertx, opened, MeasuredAccounts.WITHOUT_SNAPSHOTS, MeasuredAccounts.options(job)))
                    .onSuccess(accounts -> {
                        for (int i = 0; i < IN_FLIGHT && sent < last; i++) {
                            deposit(accounts);
                        }
                    });
        }

        @Override
        public Future<?> stop() {
            return Objects.requireNonNull(log).close();
        }

        private void deposit(Aggregates<MeasuredAccounts.Command, MeasuredAccounts.Account> accounts) {
            long number = sent++;
            String id =
                    number % largeEvery == 0 ? large((int) (number / largeEvery % LARGE)) : others[source.nextKey()];
            accounts.execute(id, MeasuredAccounts.DEPOSIT)
                    .onFailure(end::tryFail)
                    .onSuccess(outcome -> {
                        answered++;
                        if (sent < last) {
                            deposit(accounts);
                        } else if (answered == last) {
                            end.tryComplete();
                        }
                    });
        }
    }
}
