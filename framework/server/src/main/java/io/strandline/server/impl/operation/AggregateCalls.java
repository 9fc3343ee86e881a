package io.strandline.server.impl.operation;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.HistoryOptions;
import io.strandline.Limits;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.operation.EventRequests.EventPage;
import io.strandline.client.operation.EventRequests.KeyHistory;
import io.strandline.client.operation.ExposedRequests;
import io.strandline.client.operation.ExposedRequests.AggregateHistory;
import io.strandline.client.operation.ExposedRequests.AggregateState;
import io.strandline.client.operation.ExposedRequests.Command;
import io.strandline.client.operation.ExposedRequests.Decided;
import io.strandline.client.operation.ExposedRequests.StateOfAggregate;
import io.strandline.client.operation.Payload;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.server.Exposed;
import io.strandline.server.Exposed.Aggregated;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;

/** The operations on aggregates that are exposed. Callable from any thread. */
final class AggregateCalls {

    private final Exposed exposed;
    private final Strandline log;
    private final Function<KeyHistory, Future<EventPage>> histories;

    /** @param histories reads a page of the events of a key */
    AggregateCalls(Exposed exposed, Strandline log, Function<KeyHistory, Future<EventPage>> histories) {
        this.exposed = exposed;
        this.log = log;
        this.histories = histories;
    }

    List<String> names() {
        return List.copyOf(new TreeSet<>(exposed.aggregates().keySet()));
    }

    private Aggregated<?, ?, ?> aggregates(String name) {
        Aggregated<?, ?, ?> found = exposed.aggregates(name);
        if (found == null) {
            throw new StrandlineException.NotFound("no aggregates " + name + " are exposed");
        }
        return found;
    }

    private static <T> EventCodec<T> given(@Nullable EventCodec<T> codec) {
        return Objects.requireNonNull(codec, "exposed without codec");
    }

    // ---- commands

    Future<ExposedRequests.Outcome> execute(Command request) {
        return execute(aggregates(request.aggregate()), request);
    }

    private static <C, E, S> Future<ExposedRequests.Outcome> execute(Aggregated<C, E, S> at, Command request) {
        C command = CodecValues.read("command", given(at.definition().commandCodec()), request.command());
        CommandOptions options = new CommandOptions()
                .setCommandId(request.commandId().orElse(null))
                .setExpectedVersion(request.expectedVersion().orElse(null));
        putHeaders(options, request.headers());
        options.validate();
        return at.running().execute(request.id(), command, options).map(outcome -> answer(at.definition(), outcome));
    }

    private static void putHeaders(CommandOptions options, Headers headers) {
        for (String name : headers.names()) {
            String text = headers.isText(name) ? headers.text(name) : null;
            if (text == null) {
                throw new StrandlineException.Invalid("field headers." + name + " must be a text");
            }
            options.putHeader(name, text);
        }
    }

    /** What cannot be shown of an outcome was decided all the same. */
    private static <C, E, S> ExposedRequests.Outcome answer(Aggregate<C, E, S> definition, Outcome<S> outcome) {
        try {
            return shown(definition, outcome);
        } catch (StrandlineException.Unknown e) {
            if (outcome instanceof Outcome.Rejected<S>) {
                throw new StrandlineException.Unavailable("the command was rejected, and " + e.getMessage(), e);
            }
            throw new Unanswered(e);
        }
    }

    private static <C, E, S> ExposedRequests.Outcome shown(Aggregate<C, E, S> definition, Outcome<S> outcome) {
        Payload state = CodecValues.written("the state", given(definition.stateCodec()), outcome.state());
        if (outcome instanceof Outcome.Rejected<S> rejected) {
            Payload reason = CodecValues.written("the reason", definition.reasonCodec(), rejected.reason());
            return new ExposedRequests.Outcome(
                    Decided.REJECTED, rejected.version(), state, List.of(), Optional.of(reason), Optional.empty());
        }
        Outcome.Accepted<S> accepted = (Outcome.Accepted<S>) outcome;
        List<Payload> events = new ArrayList<>();
        for (Object event : accepted.events()) {
            @SuppressWarnings("unchecked") // an aggregate's events are of its class
            E known = (E) event;
            events.add(CodecValues.written("an event", definition.eventCodec(), known));
        }
        return new ExposedRequests.Outcome(
                accepted.repeated() ? Decided.REPEATED : Decided.ACCEPTED,
                accepted.version(),
                state,
                events,
                Optional.empty(),
                Optional.of(accepted.position()));
    }

    // ---- states

    Future<AggregateState> state(StateOfAggregate request) {
        Aggregated<?, ?, ?> at = aggregates(request.aggregate());
        return request.version().isPresent()
                ? stateAt(at, request.id(), request.version().get())
                : newest(at, request.id());
    }

    private static <C, E, S> Future<AggregateState> newest(Aggregated<C, E, S> at, String id) {
        return at.running()
                .state(id)
                .map(state -> new AggregateState(
                        state.version(),
                        CodecValues.written("the state", given(at.definition().stateCodec()), state.state())));
    }

    /** Folds so many events of the aggregate. */
    private <C, E, S> Future<AggregateState> stateAt(Aggregated<C, E, S> at, String id, long version) {
        Limits.require("field version", version, 0, Long.MAX_VALUE);
        Aggregate<C, E, S> definition = at.definition();
        return log.history(at.stream().toString(), id, definition.eventCodec(), new HistoryOptions().setLimit(version))
                .compose(reader ->
                        reader.collect(Collector.of(() -> new Fold<>(definition), Fold::add, (one, other) -> one)))
                .map(fold -> {
                    if (fold.version < version) {
                        throw new StrandlineException.NotFound(
                                definition + " " + id + " has " + fold.version + " events, and no version " + version);
                    }
                    return new AggregateState(
                            version, CodecValues.written("the state", given(definition.stateCodec()), fold.state));
                });
    }

    /** A state on its way to a version. */
    private static final class Fold<E, S> {

        private final Aggregate<?, E, S> definition;
        private S state;
        private long version;

        Fold(Aggregate<?, E, S> definition) {
            this.definition = definition;
            this.state = definition.initial();
        }

        void add(EventRecord<E> record) {
            state = definition.evolve(state, record.event());
            version++;
        }
    }

    Future<EventPage> history(AggregateHistory request) {
        return histories.apply(new KeyHistory(
                aggregates(request.aggregate()).stream(),
                request.id(),
                request.direction(),
                request.fromVersion(),
                request.maxEvents(),
                request.maxBytes()));
    }
}
