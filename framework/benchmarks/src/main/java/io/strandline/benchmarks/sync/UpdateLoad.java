package io.strandline.benchmarks.sync;

import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Load;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Updaters of one name, each with a synchronizer on its own context. The latencies are those of the first of them. */
final class UpdateLoad implements Load {

    private final List<Updater> updaters = new ArrayList<>();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();

    /** @param prefix tells the updaters of this process from those of others */
    UpdateLoad(StateSync sync, String name, String prefix, int updaters) {
        for (int i = 0; i < updaters; i++) {
            this.updaters.add(new Updater(sync, name, prefix + i, failure));
        }
    }

    /** Deploys the updaters. Completes when all of them are at work. */
    Future<Void> start(Vertx vertx) {
        return Future.all(updaters.stream().map(vertx::deployVerticle).toList()).mapEmpty();
    }

    /** Ends the updaters. Completes when their last updates are answered. */
    Future<Void> end() {
        return Future.all(updaters.stream().map(Updater::end).toList()).mapEmpty();
    }

    /** The newest revision that one of the updaters knows, from any writer. */
    long revision() {
        return updaters.stream().mapToLong(Updater::revision).max().orElse(0);
    }

    @Override
    public long completed() {
        return updaters.stream().mapToLong(Updater::updates).sum();
    }

    /** How often the function of an update was run, for each update that is durable. */
    double attempts() {
        return (double) updaters.stream().mapToLong(Updater::runs).sum() / completed();
    }

    @Override
    public Latencies latencies() {
        return updaters.get(0).latencies();
    }

    @Override
    public CompletableFuture<Void> failure() {
        return failure;
    }
}
