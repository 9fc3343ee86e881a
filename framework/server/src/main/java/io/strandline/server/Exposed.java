package io.strandline.server;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.spi.UserCode;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
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
    private final Map<String, Run> pipelines = new ConcurrentHashMap<>();
    private final Map<String, Aggregated<?, ?, ?>> aggregates = new ConcurrentHashMap<>();
    private final Map<String, Shared<?>> states = new ConcurrentHashMap<>();

    /** Names of the pipelines that are being restored, switched or dropped, through whichever door. */
    private final Set<String> changing = ConcurrentHashMap.newKeySet();

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
     * A pipeline.
     *
     * @param restore what starts it from a checkpoint, if it may be restored from outside
     * @param drop what deletes the state of this version, if it may be dropped from outside
     */
    private record Run(
            RunningPipeline pipeline,
            @Nullable Function<String, Future<RunningPipeline>> restore,
            @Nullable Supplier<Future<Void>> drop) {}

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

    /**
     * Exposes a pipeline, in place of one of that name. Two versions that run beside each other ({@link
     * io.strandline.processing.pipeline.Pipeline#runBeside}) are exposed under two names, and may be switched from outside, with the right
     * {@code ADMIN} on both. Each keeps its name: after the switch that of the former version names one that has stopped.
     */
    public Exposed pipeline(String name, RunningPipeline pipeline) {
        put(pipelines, StreamName.requireValid("pipeline", name), new Run(pipeline, null, null));
        return this;
    }

    /**
     * As {@link #pipeline(String, RunningPipeline)}, for a pipeline that may be restored from outside, with the right {@code ADMIN}. It is
     * closed then, with a last checkpoint, and what the function starts is exposed in its place. If the function fails, the pipeline is
     * stopped, and its application starts it.
     *
     * <pre>{@code
     * served.exposed().pipeline("totals", running, checkpoint -> totals.restore(vertx, log, options, checkpoint));
     * }</pre>
     *
     * @param restore starts the pipeline from a checkpoint, by its name or number, as {@code Pipeline.restore} does. Called on a context
     *     of a door, when the run before is closed
     */
    public Exposed pipeline(String name, RunningPipeline pipeline, Function<String, Future<RunningPipeline>> restore) {
        put(pipelines, StreamName.requireValid("pipeline", name), new Run(pipeline, restore, null));
        return this;
    }

    /**
     * As {@link #pipeline(String, RunningPipeline, Function)}, for a version that may be dropped from outside too, with the right {@code
     * ADMIN}, once it has stopped: one from which the pipeline was switched, or one beside it that is not wanted. It is exposed no longer then.
     *
     * <pre>{@code
     * served.exposed().pipeline(
     *         "totals",
     *         running,
     *         checkpoint -> totals.restore(vertx, log, options, checkpoint),
     *         () -> totals.drop(vertx, log, options));
     * }</pre>
     *
     * @param drop deletes what this version keeps, as {@code Pipeline.drop} does, which refuses the version that is the pipeline. Called on
     *     a context of a door
     */
    public Exposed pipeline(
            String name,
            RunningPipeline pipeline,
            Function<String, Future<RunningPipeline>> restore,
            Supplier<Future<Void>> drop) {
        put(pipelines, StreamName.requireValid("pipeline", name), new Run(pipeline, restore, drop));
        return this;
    }

    /**
     * Another run of a pipeline takes the place of the one before, unless the application has exposed one of its own meanwhile. What may be done
     * from outside stays. For doors.
     */
    public void restarted(String name, RunningPipeline before, RunningPipeline pipeline) {
        pipelines.computeIfPresent(
                name, (same, run) -> run.pipeline() == before ? new Run(pipeline, run.restore(), run.drop()) : run);
    }

    /** A run of a pipeline is not to be found any more. Another one that the application has exposed under the name meanwhile stays. For doors. */
    public void dropped(String name, RunningPipeline pipeline) {
        pipelines.computeIfPresent(name, (same, run) -> run.pipeline() == pipeline ? null : run);
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
        Map<String, RunningPipeline> all = new HashMap<>();
        pipelines.forEach((name, run) -> all.put(name, run.pipeline()));
        return Map.copyOf(all);
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
        Run run = pipelines.get(name);
        return run == null ? null : run.pipeline();
    }

    /** What starts the pipeline of this name from a checkpoint, or null. */
    public @Nullable Function<String, Future<RunningPipeline>> restore(String name) {
        Run run = pipelines.get(name);
        return run == null ? null : run.restore();
    }

    /** What deletes the state of the version of this name, or null. */
    public @Nullable Supplier<Future<Void>> drop(String name) {
        Run run = pipelines.get(name);
        return run == null ? null : run.drop();
    }

    /**
     * Restores, switches or drops pipelines, unless another caller of any door changes one of them, which fails with {@link
     * StrandlineException.Conflict}. For doors.
     *
     * @param names of the pipelines
     * @param call what changes them. Called at once, unless it fails
     */
    public <T> Future<T> changing(Set<String> names, Supplier<Future<T>> call) {
        List<String> taken = new ArrayList<>();
        for (String name : names) {
            if (!changing.add(name)) {
                taken.forEach(changing::remove);
                return Future.failedFuture(beingChanged(name));
            }
            taken.add(name);
        }
        return UserCode.future("change of pipelines " + names, call)
                .onComplete(done -> taken.forEach(changing::remove));
    }

    /** Makes a call, unless {@link #changing} is under way for the pipeline, which fails with {@link StrandlineException.Conflict}. For doors. */
    public <T> Future<T> unlessChanging(String name, Supplier<Future<T>> call) {
        return changing.contains(name) ? Future.failedFuture(beingChanged(name)) : call.get();
    }

    private static StrandlineException.Conflict beingChanged(String name) {
        return new StrandlineException.Conflict("pipeline " + name + " is being restored, switched or dropped");
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
