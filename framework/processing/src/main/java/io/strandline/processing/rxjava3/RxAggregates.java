package io.strandline.processing.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateClientOptions;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.AggregateState;
import io.strandline.processing.aggregate.AggregateStatistics;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.Permit;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.sync.rxjava3.RxStateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/**
 * {@link Aggregates} for RxJava: each call is made when it is subscribed to, and again when it is subscribed to again. A command that
 * may be retried by its subscriber needs an id.
 *
 * @param <C> command
 * @param <S> state
 */
public final class RxAggregates<C, S> {

    private final Aggregates<C, S> aggregates;

    private RxAggregates(Aggregates<C, S> aggregates) {
        this.aggregates = aggregates;
    }

    /**
     * Opens the aggregates of a stream.
     *
     * @see Aggregates#open
     */
    public static <C, E, S> Single<RxAggregates<C, S>> open(
            Vertx vertx, RxStrandline log, Aggregate<C, E, S> aggregate, AggregateOptions options) {
        AggregateOptions own = new AggregateOptions(options);
        return single(() -> Aggregates.open(vertx, log.delegate(), aggregate, own))
                .map(RxAggregates::new);
    }

    /**
     * Opens the aggregates of a stream as one of several members, which share its partitions.
     *
     * @see Aggregates#share
     */
    public static <C, E, S> Single<RxAggregates<C, S>> share(
            Vertx vertx, RxStrandline log, RxStateSync sync, Aggregate<C, E, S> aggregate, AggregateOptions options) {
        AggregateOptions own = new AggregateOptions(options);
        return single(() -> Aggregates.share(vertx, log.delegate(), sync.delegate(), aggregate, own))
                .map(RxAggregates::new);
    }

    /**
     * Reaches aggregates that are open elsewhere.
     *
     * @see Aggregates#connect
     */
    public static <C, E, S> Single<RxAggregates<C, S>> connect(
            Vertx vertx, Aggregate<C, E, S> aggregate, AggregateClientOptions options) {
        AggregateClientOptions own = new AggregateClientOptions(options);
        return single(() -> Aggregates.connect(vertx, aggregate, own)).map(RxAggregates::new);
    }

    /** The aggregates themselves. */
    public Aggregates<C, S> delegate() {
        return aggregates;
    }

    /**
     * Decides a command.
     *
     * @see Aggregates#execute(String, Object)
     */
    public Single<Outcome<S>> execute(String id, C command) {
        return single(() -> aggregates.execute(id, command));
    }

    /**
     * Decides a command, with the options as they are now.
     *
     * @see Aggregates#execute(String, Object, CommandOptions)
     */
    public Single<Outcome<S>> execute(String id, C command, CommandOptions options) {
        CommandOptions own = new CommandOptions(options);
        return single(() -> aggregates.execute(id, command, own));
    }

    /**
     * Decides a command, with the options as they are now, if its caller still has the right to give it.
     *
     * @see Aggregates#execute(String, Object, CommandOptions, Permit)
     */
    public Single<Outcome<S>> execute(String id, C command, CommandOptions options, Permit permit) {
        CommandOptions own = new CommandOptions(options);
        return single(() -> aggregates.execute(id, command, own, permit));
    }

    /**
     * The state of an aggregate.
     *
     * @see Aggregates#state
     */
    public Single<AggregateState<S>> state(String id) {
        return single(() -> aggregates.state(id));
    }

    /**
     * Whether a command of this id has appended events to the aggregate, ever.
     *
     * @see Aggregates#hasExecuted
     */
    public Single<Boolean> hasExecuted(String id, String commandId) {
        return single(() -> aggregates.hasExecuted(id, commandId));
    }

    /** What was done until now. */
    public AggregateStatistics statistics() {
        return aggregates.statistics();
    }

    /**
     * Takes no more calls, and completes when those under way are answered.
     *
     * @see Aggregates#close
     */
    public Completable close() {
        return Completable.create(
                emitter -> aggregates.close().onComplete(done -> emitter.onComplete(), emitter::tryOnError));
    }

    private static <T> Single<T> single(Supplier<Future<T>> call) {
        return Single.create(emitter -> call.get().onComplete(emitter::onSuccess, emitter::tryOnError));
    }
}
