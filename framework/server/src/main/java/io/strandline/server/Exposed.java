package io.strandline.server;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is exposed beside the events of a log: reader groups, pipelines, aggregates and shared states that run in this process, each
 * by its name. Nothing is exposed that was not named here. It may change while it is served, as a pipeline that starts again
 * replaces the one before. It closes nothing.
 *
 * <pre>{@code
 * ServedLog served = ServedLog.of("shop", log);
 * served.exposed().group(billing).pipeline("totals", totals);
 * }</pre>
 *
 * <p>Callable from any thread.
 */
public final class Exposed {

    /** Most objects of each kind. */
    public static final int MAX_OF_A_KIND = 10_000;

    private final Map<String, ReaderGroup> groups = new ConcurrentHashMap<>();
    private final Map<String, RunningPipeline> pipelines = new ConcurrentHashMap<>();
    private final Map<String, Aggregated<?, ?, ?>> aggregates = new ConcurrentHashMap<>();
    private final Map<String, Shared<?>> states = new ConcurrentHashMap<>();

    private volatile @Nullable Supplier<Future<String>> metrics;

    /** Nothing is exposed. */
    public Exposed() {}

    /**
     * Exposes the metrics of the process.
     *
     * @param text gives them in the text format of Prometheus. Called for each request, on its event loop, so it must not block
     */
    public Exposed metrics(Supplier<Future<String>> text) {
        metrics = text;
        return this;
    }

    /** What gives the metrics, or null. */
    public @Nullable Supplier<Future<String>> metrics() {
        return metrics;
    }

    /**
     * Aggregates of one kind.
     *
     * @param definition decides and evolves, and has the codecs by which doors read commands and write states
     * @param running takes the calls
     * @param stream the events of the aggregates
     */
    public record Aggregated<C, E, S>(Aggregate<C, E, S> definition, Aggregates<C, S> running, StreamName stream) {

        /**
         * Checks that the aggregates can be called from outside.
         *
         * @throws StrandlineException.Invalid if commands have no names, or states have no codec
         */
        public Aggregated {
            if (definition.commandCodec() == null || definition.stateCodec() == null) {
                throw new StrandlineException.Invalid(definition + " cannot be exposed: its "
                        + (definition.commandCodec() == null ? "commands have no names" : "states have no codec"));
            }
        }
    }

    /**
     * A shared state.
     *
     * @param codec writes and reads whole states
     */
    public record Shared<S>(StateSynchronizer<S, ?> state, EventCodec<S> codec) {}

    /** Exposes a group by its full name, in place of one of that name. */
    public Exposed group(ReaderGroup group) {
        put(groups, group.name(), group);
        return this;
    }

    /** Exposes a pipeline, in place of one of that name. */
    public Exposed pipeline(String name, RunningPipeline pipeline) {
        put(pipelines, StreamName.requireValid("pipeline", name), pipeline);
        return this;
    }

    /**
     * Exposes aggregates by the name of their definition, in place of those of that name.
     *
     * @param stream full name of their stream
     * @throws StrandlineException.Invalid if their commands have no names, or their states no codec
     */
    public <C, E, S> Exposed aggregates(Aggregate<C, E, S> definition, Aggregates<C, S> running, String stream) {
        put(aggregates, definition.name(), new Aggregated<>(definition, running, StreamName.parse(stream)));
        return this;
    }

    /**
     * Exposes a shared state by its full name, in place of one of that name.
     *
     * @param codec writes and reads whole states, as that of its {@link io.strandline.sync.StateModel} does
     */
    public <S> Exposed state(StateSynchronizer<S, ?> state, EventCodec<S> codec) {
        put(states, state.name().toString(), new Shared<>(state, codec));
        return this;
    }

    private static <T> void put(Map<String, T> all, String name, T value) {
        if (all.size() >= MAX_OF_A_KIND && !all.containsKey(name)) {
            throw new StrandlineException.Overloaded(
                    "cannot expose " + name + ": " + all.size() + " are, which is the limit");
        }
        all.put(name, value);
    }

    /** A group is not to be found any more. */
    public Exposed withoutGroup(String name) {
        groups.remove(name);
        return this;
    }

    /** A pipeline is not to be found any more. */
    public Exposed withoutPipeline(String name) {
        pipelines.remove(name);
        return this;
    }

    /** Aggregates are not to be found any more. */
    public Exposed withoutAggregates(String name) {
        aggregates.remove(name);
        return this;
    }

    /** A shared state is not to be found any more. */
    public Exposed withoutState(String name) {
        states.remove(name);
        return this;
    }

    /** The groups by their full names, now. */
    public Map<String, ReaderGroup> groups() {
        return Map.copyOf(groups);
    }

    /** The pipelines by their names, now. */
    public Map<String, RunningPipeline> pipelines() {
        return Map.copyOf(pipelines);
    }

    /** The aggregates by the names of their definitions, now. */
    public Map<String, Aggregated<?, ?, ?>> aggregates() {
        return Map.copyOf(aggregates);
    }

    /** The shared states by their full names, now. */
    public Map<String, Shared<?>> states() {
        return Map.copyOf(states);
    }

    /** The group of this name, or null. */
    public @Nullable ReaderGroup group(String name) {
        return groups.get(name);
    }

    /** The pipeline of this name, or null. */
    public @Nullable RunningPipeline pipeline(String name) {
        return pipelines.get(name);
    }

    /** The aggregates of this name, or null. */
    public @Nullable Aggregated<?, ?, ?> aggregates(String name) {
        return aggregates.get(name);
    }

    /** The shared state of this name, or null. */
    public @Nullable Shared<?> state(String name) {
        return states.get(name);
    }
}
