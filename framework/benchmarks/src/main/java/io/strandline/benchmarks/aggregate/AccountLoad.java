package io.strandline.benchmarks.aggregate;

import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Load;
import io.strandline.benchmarks.Progress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A verticle that makes calls for accounts chosen at random: many in flight until it is stopped, or one at a time. */
final class AccountLoad extends VerticleBase {

    private final Job job;
    private final Opening opening;
    private final EventSource source = new EventSource();
    private final Progress progress = new Progress();
    private final Promise<Void> stopped = Promise.promise();
    private @Nullable Call call;
    private int inFlight;
    private boolean stopping;

    AccountLoad(Job job, Opening opening) {
        this.job = job;
        this.opening = opening;
    }

    /** A call for an account. */
    @FunctionalInterface
    interface Call {

        /** Begins a call. Called on the context of the verticle. */
        Future<?> of(int account);
    }

    /** What the calls need. */
    @FunctionalInterface
    interface Opening {

        /** Opens it, on the context of the verticle. */
        Future<Call> open(Vertx vertx, Job job);
    }

    @Override
    public Future<?> start() {
        return opening.open(vertx, job).onSuccess(opened -> call = opened);
    }

    /** The calls that are kept in flight. */
    Load progress() {
        return progress;
    }

    /** Keeps this number of calls in flight. Called once, from any thread. */
    void keep(int calls) {
        context.runOnContext(started -> {
            inFlight = calls;
            for (int i = 0; i < calls; i++) {
                next(requireCall());
            }
        });
    }

    /** Begins no more calls. Called from any thread. Completes when none is in flight. */
    Future<Void> stopCalls() {
        context.runOnContext(begun -> stopping = true);
        return stopped.future();
    }

    private void next(Call open) {
        long start = System.nanoTime();
        open.of(source.nextKey()).onFailure(progress::fail).onSuccess(done -> {
            progress.record(System.nanoTime() - start);
            progress.count();
            if (!stopping) {
                next(open);
            } else if (--inFlight == 0) {
                stopped.complete();
            }
        });
    }

    /** Makes one call at a time for a while. Called from any thread. Completes with the number of calls. */
    Future<Long> run(Duration time, Latencies latencies) {
        Promise<Long> done = Promise.promise();
        context.runOnContext(started -> one(requireCall(), 0, System.nanoTime() + time.toNanos(), latencies, done));
        return done.future();
    }

    private void one(Call open, long count, long end, Latencies latencies, Promise<Long> done) {
        long start = System.nanoTime();
        if (start - end >= 0) {
            done.complete(count);
            return;
        }
        open.of(source.nextKey()).onFailure(done::fail).onSuccess(answered -> {
            latencies.record(System.nanoTime() - start);
            one(open, count + 1, end, latencies, done);
        });
    }

    private Call requireCall() {
        if (call == null) {
            throw new IllegalStateException("not deployed");
        }
        return call;
    }
}
