package io.strandline.benchmarks.sync;

import io.strandline.benchmarks.Latencies;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A verticle with a synchronizer of its own, which updates again as soon as its last update is durable. */
final class Updater extends VerticleBase {

    private final StateSync sync;
    private final String name;
    private final String self;
    private final CompletableFuture<Void> failure;
    private final Latencies latencies = new Latencies();
    private final AtomicLong updates = new AtomicLong(); // written by this verticle's event loop alone
    private final AtomicLong runs = new AtomicLong(); // the same
    private final Promise<Void> ended = Promise.promise();
    private volatile @Nullable StateSynchronizer<Tally, Tally.Counted> opened;
    private boolean ending;

    Updater(StateSync sync, String name, String self, CompletableFuture<Void> failure) {
        this.sync = sync;
        this.name = name;
        this.self = self;
        this.failure = failure;
    }

    @Override
    public Future<?> start() {
        return sync.open(name, Tally.MODEL).onSuccess(synchronizer -> {
            opened = synchronizer;
            context.runOnContext(v -> update(synchronizer));
        });
    }

    /** Updates that are durable. */
    long updates() {
        return updates.get();
    }

    /** How often the function of an update was run. */
    long runs() {
        return runs.get();
    }

    /** The newest revision that its synchronizer knows, from any writer. */
    long revision() {
        StateSynchronizer<Tally, Tally.Counted> synchronizer = opened;
        return synchronizer == null ? 0 : synchronizer.state().revision();
    }

    /** Stops updating. Completes when the last update is answered. */
    Future<Void> end() {
        context.runOnContext(v -> ending = true);
        return ended.future();
    }

    /** From the call of an update to its completion on this verticle's context. */
    Latencies latencies() {
        return latencies;
    }

    private void update(StateSynchronizer<Tally, Tally.Counted> synchronizer) {
        if (ending) {
            ended.complete();
            return;
        }
        long start = System.nanoTime();
        synchronizer.update(this::count).onComplete((after, failed) -> {
            if (failed != null) {
                failure.completeExceptionally(failed);
                ended.fail(failed);
            } else {
                latencies.record(System.nanoTime() - start);
                check(after);
                update(synchronizer);
            }
        });
    }

    private List<Tally.Counted> count(Tally state) {
        runs.lazySet(runs.getPlain() + 1);
        return List.of(new Tally.Counted(self, state.of(self) + 1));
    }

    private void check(Revisioned<Tally> after) {
        long done = updates.getPlain() + 1;
        updates.lazySet(done);
        if (after.state().of(self) != done) {
            failure.completeExceptionally(
                    new IllegalStateException(self + " made " + done + " updates, and the state at revision "
                            + after.revision() + " has " + after.state().of(self)));
        }
    }
}
