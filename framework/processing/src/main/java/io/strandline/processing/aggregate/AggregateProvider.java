package io.strandline.processing.aggregate;

import io.strandline.Strandline;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Runs aggregates. The framework implements it, applications call {@link Aggregates#open}, {@link Aggregates#share} and {@link Aggregates#connect}, which say what
 * a call does and how it fails.
 */
public interface AggregateProvider {

    /** As {@link Aggregates#open}. */
    <C, E, S> Future<Aggregates<C, S>> open(
            Vertx vertx, Strandline log, Aggregate<C, E, S> aggregate, AggregateOptions options);

    /** As {@link Aggregates#share}. */
    <C, E, S> Future<Aggregates<C, S>> share(
            Vertx vertx, Strandline log, StateSync sync, Aggregate<C, E, S> aggregate, AggregateOptions options);

    /** As {@link Aggregates#connect}. */
    <C, E, S> Future<Aggregates<C, S>> connect(
            Vertx vertx, Aggregate<C, E, S> aggregate, AggregateClientOptions options);
}
