package io.strandline.processing.process;

import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.AggregateState;
import io.strandline.processing.aggregate.AggregateStatistics;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.Permit;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Aggregates of which commands get lost, are executed and not answered, or fail. */
final class FaultyAggregates<C, S> implements Aggregates<C, S> {

    enum Fate {
        ANSWERED,
        /** The command never arrives, and there is no answer. */
        LOST,
        /** The command is executed, and there is no answer. */
        UNANSWERED,
        /** The command is executed, and the answer is Unknown. */
        UNKNOWN,
        /** The command arrives when it is released. */
        HELD,
        /** The command does not arrive, and the answer is Unavailable. */
        UNAVAILABLE,
        /** The command does not arrive, and the answer is Overloaded. */
        OVERLOADED
    }

    /** The ids of the commands that came. */
    final List<String> ids = new CopyOnWriteArrayList<>();

    /** How often it was asked whether a command was executed. */
    final AtomicInteger looks = new AtomicInteger();

    private final Aggregates<C, S> aggregates;
    /** Completes when the commands and answers that are held arrive. */
    private volatile Promise<Void> released = Promise.promise();

    private volatile boolean readable = true;
    private volatile boolean looksHeld;
    private final AtomicInteger unansweredLooks = new AtomicInteger();
    private volatile Function<C, Fate> fates = command -> Fate.ANSWERED;

    FaultyAggregates(Aggregates<C, S> aggregates) {
        this.aggregates = aggregates;
    }

    FaultyAggregates<C, S> fate(Fate next) {
        fates = command -> next;
        return this;
    }

    FaultyAggregates<C, S> fates(Function<C, Fate> next) {
        fates = next;
        return this;
    }

    @Override
    public Future<Outcome<S>> execute(String id, C command) {
        return execute(id, command, new CommandOptions());
    }

    @Override
    public Future<Outcome<S>> execute(String id, C command, CommandOptions options) {
        return execute(id, command, options, Future::succeededFuture);
    }

    @Override
    public Future<Outcome<S>> execute(String id, C command, CommandOptions options, Permit permit) {
        Fate fate = fates.apply(command);
        Future<Outcome<S>> answer =
                switch (fate) {
                    case ANSWERED -> aggregates.execute(id, command, options, permit);
                    case HELD -> released.future().compose(arrives -> aggregates.execute(id, command, options, permit));
                    case LOST -> Promise.<Outcome<S>>promise().future();
                    case UNANSWERED ->
                        aggregates
                                .execute(id, command, options, permit)
                                .compose(executed ->
                                        Promise.<Outcome<S>>promise().future());
                    case UNKNOWN ->
                        aggregates
                                .execute(id, command, options, permit)
                                .compose(executed ->
                                        Future.failedFuture(new StrandlineException.Unknown("the answer is lost")));
                    case UNAVAILABLE -> Future.failedFuture(new StrandlineException.Unavailable("nobody is there"));
                    case OVERLOADED -> Future.failedFuture(new StrandlineException.Overloaded("too much"));
                };
        ids.add(String.valueOf(options.getCommandId()));
        return answer;
    }

    @Override
    public Future<AggregateState<S>> state(String id) {
        return aggregates.state(id);
    }

    /** From now on nobody can say what was executed. */
    FaultyAggregates<C, S> unreadable() {
        readable = false;
        return this;
    }

    /** The commands and answers that are held until now arrive. */
    void release() {
        Promise<Void> now = released;
        released = Promise.promise();
        now.complete();
    }

    /** From now on the answers whether a command was executed are held. */
    FaultyAggregates<C, S> holdLooks() {
        looksHeld = true;
        return this;
    }

    /** For the next times nobody can say for now whether a command was executed. */
    FaultyAggregates<C, S> loseLooks(int count) {
        unansweredLooks.set(count);
        return this;
    }

    /** How often still. */
    int unansweredLooks() {
        return unansweredLooks.get();
    }

    @Override
    public Future<Boolean> hasExecuted(String id, String commandId) {
        if (unansweredLooks.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            return Future.failedFuture(new StrandlineException.Unavailable("nobody is there"));
        }
        if (!readable) {
            looks.incrementAndGet();
            return Future.failedFuture(new StrandlineException.Invalid(id + " cannot be rebuilt"));
        }
        return aggregates
                .hasExecuted(id, commandId)
                .onSuccess(executed -> looks.incrementAndGet())
                .compose(executed -> looksHeld ? released.future().map(executed) : Future.succeededFuture(executed));
    }

    @Override
    public AggregateStatistics statistics() {
        return aggregates.statistics();
    }

    @Override
    public Future<Void> close() {
        return aggregates.close();
    }
}
