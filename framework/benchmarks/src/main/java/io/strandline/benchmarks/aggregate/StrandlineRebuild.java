package io.strandline.benchmarks.aggregate;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.aggregate.AggregateStatistics;
import io.strandline.processing.aggregate.Aggregates;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the states of the large accounts that {@link RebuildFill} wrote, each when the one before it is known and has left the
 * memory. Measures the first call for each in a fresh JVM, and then calls in a warm one, from the call to the answer.
 */
public final class StrandlineRebuild implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Calls calls = new Calls(job);
        Awaited.await(Vertx.vertx().deployVerticle(calls));
        Latencies fresh = new Latencies();
        fresh.open();
        Awaited.await(calls.pass(fresh));
        Latencies warm = new Latencies();
        repeat(calls, job.warmUp(), warm);
        warm.open();
        repeat(calls, job.measured(), warm);
        calls.requireRebuilt();
        return List.of(measurement(fresh), measurement(warm));
    }

    private static void repeat(Calls calls, Duration time, Latencies latencies) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            Awaited.await(calls.pass(latencies));
        }
    }

    private static Measurement measurement(Latencies latencies) {
        return new Measurement(Double.NaN, Double.NaN, latencies.millisAt(0.5), latencies.millisAt(0.99));
    }

    private static final class Calls extends VerticleBase {

        private final Job job;
        private @Nullable Aggregates<MeasuredAccounts.Command, MeasuredAccounts.Account> opened;
        private long made;

        Calls(Job job) {
            this.job = job;
        }

        @Override
        public Future<?> start() {
            return MeasuredLog.open(vertx, job, new LogOptions())
                    .compose(log -> Aggregates.open(
                            vertx,
                            log,
                            MeasuredAccounts.WITHOUT_SNAPSHOTS,
                            MeasuredAccounts.options(job).setOwners(1).setHotAggregates(1)))
                    .onSuccess(accounts -> opened = accounts);
        }

        /** Asks for each account once. Called from any thread, one pass at a time. */
        Future<Void> pass(Latencies latencies) {
            Promise<Void> done = Promise.promise();
            context.runOnContext(started -> ask(Objects.requireNonNull(opened), 0, latencies, done));
            return done.future();
        }

        private void ask(
                Aggregates<MeasuredAccounts.Command, MeasuredAccounts.Account> accounts,
                int account,
                Latencies latencies,
                Promise<Void> done) {
            if (account == RebuildFill.LARGE) {
                done.complete();
                return;
            }
            made++;
            long start = System.nanoTime();
            accounts.state(RebuildFill.large(account)).onFailure(done::tryFail).onSuccess(state -> {
                latencies.record(System.nanoTime() - start);
                if (state.version() == RebuildFill.LARGE_EVENTS) {
                    ask(accounts, account + 1, latencies, done);
                } else {
                    done.fail(RebuildFill.large(account) + " has " + state + ", written were "
                            + RebuildFill.LARGE_EVENTS + " events");
                }
            });
        }

        /** Called between passes. */
        void requireRebuilt() {
            AggregateStatistics done = Objects.requireNonNull(opened).statistics();
            if (done.rebuilt() != made || done.rebuiltFromSnapshots() != 0) {
                throw new IllegalStateException(done + " after " + made + " calls");
            }
        }
    }
}
