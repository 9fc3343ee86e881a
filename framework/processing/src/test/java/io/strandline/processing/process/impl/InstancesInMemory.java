package io.strandline.processing.process.impl;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateState;
import io.strandline.processing.aggregate.AggregateStatistics;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.Permit;
import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collector;

/** The instances of one process, whose calls fail as a test says. Belongs to one context, as the process does. */
final class InstancesInMemory implements Aggregates<Input, Instance> {

    /** What becomes of a call. */
    enum Fate {
        ANSWERED,
        /** It was not taken. */
        UNAVAILABLE,
        /** It was taken, if it is a command, and nobody knows. */
        UNKNOWN
    }

    /** What becomes of the next calls, whichever they are. The others are answered. */
    final ArrayDeque<Fate> fates = new ArrayDeque<>();

    final List<Step> steps = new ArrayList<>();

    private final Aggregate<Input, Step, Instance> aggregate;
    private final Map<String, Instance> instances = new HashMap<>();

    InstancesInMemory(Reacting<?> reacting) {
        this.aggregate = reacting.asAggregate();
    }

    @Override
    public Future<Outcome<Instance>> execute(String id, Input input) {
        Fate fate = next();
        if (fate == Fate.UNAVAILABLE) {
            return unavailable();
        }
        Instance now = now(id);
        Decision<Step> decision = aggregate.decide(now, input);
        if (decision instanceof Decision.Emitted<Step> emitted) {
            for (Step step : emitted.events()) {
                steps.add(step);
                now = aggregate.evolve(now, step);
            }
            instances.put(id, now);
        }
        if (fate == Fate.UNKNOWN) {
            return Future.failedFuture(new StrandlineException.Unknown("the answer is lost"));
        }
        return Future.succeededFuture(
                decision instanceof Decision.Rejected<Step> rejected
                        ? new Outcome.Rejected<>(now, steps.size(), rejected.reason())
                        : new Outcome.Accepted<>(
                                now, steps.size(), List.of(), StreamCut.of(StreamName.parse("a/k"), 0, 0), false));
    }

    private Fate next() {
        Fate fate = fates.poll();
        return fate == null ? Fate.ANSWERED : fate;
    }

    private static <T> Future<T> unavailable() {
        return Future.failedFuture(new StrandlineException.Unavailable("nobody is there"));
    }

    Instance now(String id) {
        return instances.getOrDefault(id, Instance.NEW);
    }

    @Override
    public Future<Outcome<Instance>> execute(String id, Input input, CommandOptions options) {
        return execute(id, input);
    }

    @Override
    public Future<Outcome<Instance>> execute(String id, Input input, CommandOptions options, Permit permit) {
        return permit.prove().compose(given -> execute(id, input));
    }

    @Override
    public Future<AggregateState<Instance>> state(String id) {
        return next() == Fate.ANSWERED
                ? Future.succeededFuture(new AggregateState<>(now(id), steps.size()))
                : unavailable();
    }

    @Override
    public Future<Boolean> hasExecuted(String id, String commandId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public AggregateStatistics statistics() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    /** A log whose histories are the steps. */
    Strandline asLog() {
        return (Strandline) Proxy.newProxyInstance(
                Strandline.class.getClassLoader(), new Class<?>[] {Strandline.class}, (log, method, arguments) -> {
                    if (!method.getName().equals("history")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return next() == Fate.ANSWERED ? Future.succeededFuture(history()) : unavailable();
                });
    }

    private EventReader<?> history() {
        return (EventReader<?>) Proxy.newProxyInstance(
                EventReader.class.getClassLoader(), new Class<?>[] {EventReader.class}, (reader, method, arguments) -> {
                    if (!method.getName().equals("collect")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return Future.succeededFuture(collected((Collector<?, ?, ?>) arguments[0]));
                });
    }

    @SuppressWarnings("unchecked") // a reader of steps collects steps
    private Object collected(Collector<?, ?, ?> collector) {
        return steps.stream()
                .map(step -> new EventRecord<>(0, 0, 0, "k", StepCodec.INSTANCE.typeOf(step), step))
                .collect((Collector<EventRecord<Step>, ?, ?>) collector);
    }
}
