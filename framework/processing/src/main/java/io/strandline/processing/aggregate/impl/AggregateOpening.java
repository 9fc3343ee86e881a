package io.strandline.processing.aggregate.impl;

import io.strandline.Strandline;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateClientOptions;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.AggregateProvider;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The door to this package. */
public final class AggregateOpening implements AggregateProvider {

    @Override
    public <C, E, S> Future<Aggregates<C, S>> open(
            Vertx vertx, Strandline log, Aggregate<C, E, S> aggregate, AggregateOptions options) {
        return OpenAggregates.open(vertx, log, null, aggregate, options);
    }

    @Override
    public <C, E, S> Future<Aggregates<C, S>> share(
            Vertx vertx, Strandline log, StateSync sync, Aggregate<C, E, S> aggregate, AggregateOptions options) {
        return OpenAggregates.open(vertx, log, sync, aggregate, options);
    }

    @Override
    public <C, E, S> Future<Aggregates<C, S>> connect(
            Vertx vertx, Aggregate<C, E, S> aggregate, AggregateClientOptions options) {
        return RemoteAggregates.connect(vertx, aggregate, options);
    }
}
