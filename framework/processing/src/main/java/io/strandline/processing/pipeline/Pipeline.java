package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.Limits;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.internal.Implementation;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A named, versioned computation over a stream. Its state survives any crash, and its outputs reach the sink streams
 * exactly once.
 *
 * <pre>{@code
 * Pipeline.named("balances", 1)
 *         .from("bank/transfers", transferCodec)
 *         .keyBy(Transfer::account)
 *         .aggregate("balance", balanceCodec, account -> new Balance(account, 0), Balance::plus)
 *         .to("bank/balances", balanceCodec)
 *         .build()
 *         .deploy(vertx, strandline, new PipelineOptions());
 * }</pre>
 *
 * <p>One {@code TaskVerticle} per partition of the source runs the steps on its own context. A {@code CheckpointVerticle}
 * stores source offsets and state together. A restart takes the newest whole checkpoint, reads on from its offsets, and
 * runs the steps after it again. Outputs carry the number of their step, so the log drops those that it already has.
 * Outputs are visible when they are durable, not only at the next checkpoint.
 *
 * <p>The source may be scaled at any time, also while the pipeline is stopped. At the end of a sealed partition its task
 * takes a final checkpoint. When all predecessors of a new partition have theirs, the state of its keys moves to the task
 * of the new partition. So the events of a key are processed in their order, by one task at a time.
 *
 * <p>The name is the identity of the state and of the outputs. A pipeline with another name starts from the beginning. Of
 * two runs with the same name the newer fences the older.
 *
 * <p>Immutable. May be deployed more than once.
 */
public final class Pipeline {

    /** Longest name, in characters: it is part of the names of a stream and of writers. */
    public static final int MAX_NAME_LENGTH = 150;

    /** Most characters of the name and the id of a shuffle together. */
    public static final int MAX_SHUFFLE_NAME_LENGTH = OperatorGraph.MAX_SHUFFLE_NAME_LENGTH;

    private final String name;
    private final int version;
    private final Topology topology;
    /** None if it is one stage. */
    private final List<Pipeline> stages = new ArrayList<>();

    Pipeline(String name, int version, Topology topology) {
        this.name = name;
        this.version = version;
        this.topology = topology;
        if (topology.stages().size() > 1) {
            topology.stages().forEach(stage -> stages.add(new Pipeline(stage.name(), version, stage)));
        }
    }

    /**
     * Begins to describe a pipeline.
     *
     * @param name by the rules of {@link StreamName}, at most {@value #MAX_NAME_LENGTH} characters, without {@code --}, which
     *     separates the names of stages from it
     * @param version 0 or more. To be raised when the steps compute something else than before
     * @throws StrandlineException.Invalid if the name or the version is out of its bounds
     */
    public static Builder named(String name, int version) {
        return new Builder(name, version);
    }

    public String name() {
        return name;
    }

    public int version() {
        return version;
    }

    /** The operators and how events go through them. */
    public Topology topology() {
        return topology;
    }

    /**
     * The stages that the pipeline runs as, each after those that feed it. A stage reads one stream, and is a pipeline by itself
     * with a name of its own under which it keeps its checkpoints. A pipeline of one stage is that stage.
     */
    public List<Pipeline> stages() {
        return stages.isEmpty() ? List.of(this) : List.copyOf(stages);
    }

    /** The stream that is read, of several the one that was named first. */
    public StreamName source() {
        return topology.source().stream();
    }

    /** The streams that take the outputs, in the order of the operators. */
    public Set<StreamName> sinks() {
        return topology.sinks();
    }

    /**
     * Starts the pipeline from its newest whole checkpoint, or from the start of the source if there is none. If the
     * source was scaled since, it first reads the rest of the partitions that the checkpoint names.
     *
     * <p>When the future completes, every earlier run of this name is fenced, retention of the source by consumption
     * waits for the pipeline ({@link PipelineOptions#setHoldRetention}), and the tasks begin to read. If it is deployed
     * from within a verticle, the pipeline is undeployed with that verticle. Only {@link RunningPipeline#close()} stops
     * it cleanly, and {@link Vertx#close()}, which closes it before its log.
     *
     * <p>Fails with
     *
     * <ul>
     * <li>{@link StrandlineException.Invalid} if an option is out of its bounds, if the newest checkpoint was taken by
     * another version ({@link PipelineOptions#setVersionChangeAllowed}), if the source does not know how its partitions
     * came from those of the checkpoint, or if the state codec cannot read the state in the checkpoint.
     * <li>{@link StrandlineException.NotFound} if the source or the sink does not exist.
     * <li>{@link StrandlineException.Truncated} if the source no longer holds the events after the newest whole
     * checkpoint. After {@link #delete} it begins with the events that the source still has, and with empty state.
     * <li>{@link StrandlineException.Conflict} if the pipeline's deletion was begun and not finished, if the pipeline was switched
     * from this version to another one ({@link RunningPipeline#switchTo}), or if this version has begun beside it.
     * <li>{@link StrandlineException.Fenced} if another caller deploys or deletes the pipeline at the same time.
     * <li>{@link StrandlineException.Unavailable} if the place of the snapshots cannot be written to, if the newest ones
     * cannot be read now, or if the place has none of any checkpoint, because it is probably another one.
     * </ul>
     */
    public Future<RunningPipeline> deploy(Vertx vertx, Strandline strandline, PipelineOptions options) {
        return Implementation.of(Provider.class).deploy(this, vertx, strandline, options, null, Provider.Start.NEWEST);
    }

    /**
     * As {@link #deploy(Vertx, Strandline, PipelineOptions)}, with the snapshots in another store than files.
     *
     * @param store where every run of the pipeline has its snapshots. It replaces {@link
     *     PipelineOptions#setCheckpointDirectory}
     */
    public Future<RunningPipeline> deploy(
            Vertx vertx, Strandline strandline, PipelineOptions options, CheckpointStore store) {
        return Implementation.of(Provider.class).deploy(this, vertx, strandline, options, store, Provider.Start.NEWEST);
    }

    /**
     * Starts the pipeline from an earlier checkpoint (re-entry). Everything after it is processed again. Outputs that the sinks have
     * are dropped, because the steps have the same numbers, and must be the same if the version is.
     *
     * <p>The checkpoints after it are forgotten when the first one of this run is durable, except those that are pinned. Until then
     * a crash undoes the re-entry: {@link #deploy} goes on from the newest one. A checkpoint that is damaged is refused, and no
     * other one is taken.
     *
     * <p>Fails as {@link #deploy}, with {@link StrandlineException.NotFound} that names what there is if there is no such checkpoint,
     * and with {@link StrandlineException.Corrupt} if its snapshots are damaged.
     *
     * @param checkpoint name of a pinned checkpoint ({@link RunningPipeline#checkpoint(String)}), or number of one that is kept.
     *     A pipeline with shuffles needs a name, because each stage numbers its checkpoints by itself
     */
    public Future<RunningPipeline> restore(
            Vertx vertx, Strandline strandline, PipelineOptions options, String checkpoint) {
        return Implementation.of(Provider.class)
                .deploy(this, vertx, strandline, options, null, Provider.Start.at(checkpoint));
    }

    /**
     * As {@link #restore(Vertx, Strandline, PipelineOptions, String)}, for a pipeline that is deployed with a store.
     *
     * @param store the one with which it was deployed
     */
    public Future<RunningPipeline> restore(
            Vertx vertx, Strandline strandline, PipelineOptions options, CheckpointStore store, String checkpoint) {
        return Implementation.of(Provider.class)
                .deploy(this, vertx, strandline, options, store, Provider.Start.at(checkpoint));
    }

    /**
     * Starts the pipeline without state, with the event at which it began first. Its outputs are kept: those that a step gives again
     * under its number are dropped, so the sinks do not change if the steps are the same. To have all outputs again, {@link #delete}
     * the pipeline first.
     *
     * <p>Decisions about events that were passed over, and ticks, are known as far back as the oldest checkpoint that is kept. If there
     * were earlier ones, the steps are not the same. Then the pipeline stops with {@link StrandlineException.Conflict} before any
     * output is appended in another order, and is to be deleted instead.
     *
     * <p>The former checkpoints are forgotten as by {@link #restore}.
     *
     * <p>Fails as {@link #deploy}, and with {@link StrandlineException.Truncated} if the source does not keep that event any more.
     * A pipeline with shuffles fails so, too, as soon as it has removed events from an internal stream, and is to be deleted instead.
     */
    public Future<RunningPipeline> reset(Vertx vertx, Strandline strandline, PipelineOptions options) {
        return Implementation.of(Provider.class).deploy(this, vertx, strandline, options, null, Provider.Start.RESET);
    }

    /**
     * As {@link #reset(Vertx, Strandline, PipelineOptions)}, for a pipeline that is deployed with a store.
     *
     * @param store the one with which it was deployed
     */
    public Future<RunningPipeline> reset(
            Vertx vertx, Strandline strandline, PipelineOptions options, CheckpointStore store) {
        return Implementation.of(Provider.class).deploy(this, vertx, strandline, options, store, Provider.Start.RESET);
    }

    /**
     * Deletes everything that the pipeline keeps: its checkpoints with their files, its writers in the sink, and its
     * position, for which retention of the source waits. A run of it is fenced. No more of its outputs reach the sink,
     * and it stops at its next output or checkpoint, with Fenced or with the first failure that it meets. An idle run
     * stops within ten minutes if it holds retention, and otherwise with its next event. So close a run before. Outputs
     * stay in the sink. A pipeline that is deployed under this name later begins from the start of the source and appends
     * its outputs again.
     *
     * <p>Completes when all of it is gone, also if there was nothing. May be repeated, and is to be repeated after a
     * failure. Until then a pipeline that may be partly deleted is refused with {@link StrandlineException.Conflict}.
     * Callable from any thread. Versions beside the pipeline, or from which it was switched, are to be dropped before ({@link #drop}):
     * otherwise it fails with Conflict.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if an option is out of its bounds, with {@link
     * StrandlineException.Unavailable} if a snapshot cannot be deleted, and with {@link StrandlineException.Fenced} if
     * another caller deploys or deletes the pipeline at the same time.
     *
     * @param options those with which it was deployed. Their checkpoint directory is used
     */
    public Future<Void> delete(Vertx vertx, Strandline strandline, PipelineOptions options) {
        return Implementation.of(Provider.class).delete(this, vertx, strandline, options, null);
    }

    /**
     * As {@link #delete(Vertx, Strandline, PipelineOptions)}, for a pipeline that was deployed with a store.
     *
     * @param store the one with which it was deployed
     */
    public Future<Void> delete(Vertx vertx, Strandline strandline, PipelineOptions options, CheckpointStore store) {
        return Implementation.of(Provider.class).delete(this, vertx, strandline, options, store);
    }

    /**
     * Compares the operators with the newest checkpoint: which state a start would keep, which operator starts empty, which state
     * is dropped, and for which the start would be refused. It starts nothing and changes nothing, also while an earlier version
     * runs. State of a stage that the pipeline no longer has, because a shuffle or a source is gone, is listed under that stage. It
     * does not move to another one.
     *
     * <p>Fails with Invalid if an option is out of its bounds, or if a snapshot of the checkpoint is of an earlier format version, which
     * does not say what is in it. A start from such a checkpoint is possible. Fails with Corrupt if a snapshot is damaged, and with
     * Unavailable if the store or the log is.
     *
     * @param options those with which it is to be deployed. An id in {@link PipelineOptions#getDroppedState()} of which neither the
     *     pipeline nor the checkpoint has state is not listed. Every entry that is refused has the ids that are given up in its reason
     * @return an entry for each operator with state, here or in the checkpoint, stage by stage
     */
    public Future<List<StateChange>> compare(Vertx vertx, Strandline strandline, PipelineOptions options) {
        return Implementation.of(Provider.class).compare(this, vertx, strandline, options, null);
    }

    /**
     * As {@link #compare(Vertx, Strandline, PipelineOptions)}, for a pipeline that is deployed with a store.
     *
     * @param store the one with which it was deployed
     */
    public Future<List<StateChange>> compare(
            Vertx vertx, Strandline strandline, PipelineOptions options, CheckpointStore store) {
        return Implementation.of(Provider.class).compare(this, vertx, strandline, options, store);
    }

    /**
     * Starts this version of the pipeline beside the one that runs, to correct what that has computed: from one of its checkpoints,
     * with the state that it had there, or without state if none is named. It reads the same source, appends to sinks of its own, and
     * has its own checkpoints, writers and holds of retention. The version that runs is not disturbed, and a failure of this one does
     * not concern it. When the results are as they should be, {@link RunningPipeline#switchTo} makes this version the pipeline.
     *
     * <p>State is taken over as by a start of a new version: {@link PipelineOptions#setDroppedState} gives up what no operator reads.
     * {@link PipelineOptions#setVersionChangeAllowed} is not needed. A decision of the other version to pass over an event does not
     * count here. When the future completes, the state is durable among the checkpoints of this version, and the other one may forget
     * the checkpoint.
     *
     * <p>After a crash the same call goes on from the newest checkpoint of this version, whatever checkpoint it names. To begin again,
     * {@link #drop} the version before, and give it an empty sink: its outputs stay.
     *
     * <p>Versions of several stages have internal streams of their own, in which nothing is when this one begins. So it begins with a
     * checkpoint that has a name and was taken while all stages stood still ({@link RunningPipeline#checkpoint(String)}), and both have
     * the same sources and shuffles. Without a checkpoint it may have others. Its stages begin one after the other. After a crash in
     * between the same checkpoint must be named.
     *
     * <p>A call that is refused leaves nothing. Fails as {@link #deploy}, and with
     *
     * <ul>
     * <li>{@link StrandlineException.Invalid} if both are of one version or append to one stream, if the checkpoint has keys that are
     * held, or if there are several stages and the checkpoint has other ones, has no name, or was not taken while they stood still.
     * <li>{@link StrandlineException.NotFound} that names what there is if there is no such checkpoint, or no pipeline of this name.
     * <li>{@link StrandlineException.Conflict} if the pipeline was switched to this version, or from it, if a third version that
     * has run beside the pipeline appends to a sink of this one, or if some stages of this version have begun with another checkpoint.
     * <li>{@link StrandlineException.Corrupt} if a snapshot of the checkpoint is damaged, or was deleted meanwhile, because the
     * checkpoint has no name. Of several stages some may have begun then, which {@link #drop} deletes.
     * </ul>
     *
     * @param options where the snapshots are must be the same for both versions, and a parking stream that is named another one
     * @param checkpoint name of a checkpoint of the version that runs, or number of one that is kept, or null to begin without state at
     *     the start of the source
     */
    public Future<RunningPipeline> runBeside(
            Vertx vertx, Strandline strandline, PipelineOptions options, @Nullable String checkpoint) {
        return Implementation.of(Provider.class).runBeside(this, vertx, strandline, options, null, checkpoint);
    }

    /**
     * As {@link #runBeside(Vertx, Strandline, PipelineOptions, String)}, for a pipeline that is deployed with a store.
     *
     * @param store the one with which it was deployed
     */
    public Future<RunningPipeline> runBeside(
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            CheckpointStore store,
            @Nullable String checkpoint) {
        return Implementation.of(Provider.class).runBeside(this, vertx, strandline, options, store, checkpoint);
    }

    /**
     * Deletes what this version keeps that runs beside the pipeline, or from which the pipeline was switched: all that {@link #delete}
     * names. Its outputs stay. A run of it is fenced as by {@link #delete}, so close it before. {@link RunningPipeline#switchTo} refuses
     * a version that was dropped.
     *
     * <p>Completes when all of it is gone, also if there was nothing. May be repeated, and is to be repeated after a failure. Fails as
     * {@link #delete}, and with {@link StrandlineException.Conflict} if this version is the pipeline.
     *
     * @param options those with which it ran
     */
    public Future<Void> drop(Vertx vertx, Strandline strandline, PipelineOptions options) {
        return Implementation.of(Provider.class).drop(this, vertx, strandline, options, null);
    }

    /**
     * As {@link #drop(Vertx, Strandline, PipelineOptions)}, for a version that ran with a store.
     *
     * @param store the one with which it ran
     */
    public Future<Void> drop(Vertx vertx, Strandline strandline, PipelineOptions options, CheckpointStore store) {
        return Implementation.of(Provider.class).drop(this, vertx, strandline, options, store);
    }

    @Override
    public String toString() {
        return StageCut.titleOf(name, version);
    }

    /**
     * Describes a pipeline: its sources, the operators that their events go through, and its sinks. Belongs to one thread.
     */
    public static final class Builder extends OperatorGraph {

        /** Most operators of one pipeline. */
        public static final int MAX_OPERATORS = OperatorGraph.MAX;

        private final int version;

        private Builder(String name, int version) {
            super(name);
            Limits.require("length of pipeline name", name.length(), 1, MAX_NAME_LENGTH);
            StreamName.requireValid("pipeline", name);
            if (name.contains(StageCut.SEPARATOR)) {
                throw new StrandlineException.Invalid("pipeline name \"" + name + "\" has " + StageCut.SEPARATOR
                        + ", which is between the name of a pipeline and those of its stages");
            }
            this.version = (int) Limits.require("version of pipeline " + name, version, 0, Integer.MAX_VALUE);
        }

        /**
         * Names a source. A pipeline may have several. What is done with the events of each runs by itself, until {@link
         * Events#keyBy(String, EventCodec, Function)} brings them together.
         *
         * <p>The first one keeps its checkpoints under the pipeline's own name. So a source that a new version adds is named
         * after those that were there.
         *
         * @param stream full name of an existing stream
         * @throws StrandlineException.Invalid if it is not {@code scope/stream}, or if the pipeline reads it already
         */
        public <E> Events.Source<E> from(String stream, EventCodec<E> codec) {
            Operator.Source source = new Operator.Source(StreamName.parse(stream), codec, null, 0, 0);
            return new Events.Source<>(this, addSource(source));
        }

        /**
         * Completes the description. The builder may go on afterwards.
         *
         * @throws StrandlineException.Invalid if it has no source, if nothing keeps a state of the events of a source or appends
         *     them, if an operator with state takes events of several sources or shuffles, or if it appends to a source
         */
        public Pipeline build() {
            return new Pipeline(name, version, new Topology(name, withoutMovedTables()));
        }
    }

    /**
     * Runs pipelines. The framework implements it, applications call {@link Pipeline#deploy} and {@link Pipeline#delete}, which say
     * what a call does and how it fails.
     */
    public interface Provider {

        /**
         * As {@link Pipeline#deploy}.
         *
         * @param store keeps the snapshots, or null for the place that the options or the log name
         * @param start where it begins
         */
        Future<RunningPipeline> deploy(
                Pipeline pipeline,
                Vertx vertx,
                Strandline strandline,
                PipelineOptions options,
                @Nullable CheckpointStore store,
                Start start);

        /**
         * Where a run begins.
         *
         * @param checkpoint name of a pinned checkpoint, or number of one that is kept, null for the newest
         * @param isReset whether it begins without state, where the pipeline began first
         */
        record Start(@Nullable String checkpoint, boolean isReset) {

            /** From the newest whole checkpoint. */
            public static final Start NEWEST = new Start(null, false);

            /** Without state, where the pipeline began first. */
            public static final Start RESET = new Start(null, true);

            /** From one checkpoint and no other. */
            public static Start at(String checkpoint) {
                return new Start(checkpoint, false);
            }
        }

        /**
         * As {@link Pipeline#delete}.
         *
         * @param store as for {@link #deploy}
         */
        Future<Void> delete(
                Pipeline pipeline,
                Vertx vertx,
                Strandline strandline,
                PipelineOptions options,
                @Nullable CheckpointStore store);

        /**
         * As {@link Pipeline#runBeside}.
         *
         * @param store as for {@link #deploy}
         */
        Future<RunningPipeline> runBeside(
                Pipeline pipeline,
                Vertx vertx,
                Strandline strandline,
                PipelineOptions options,
                @Nullable CheckpointStore store,
                @Nullable String checkpoint);

        /**
         * As {@link Pipeline#drop}.
         *
         * @param store as for {@link #deploy}
         */
        Future<Void> drop(
                Pipeline pipeline,
                Vertx vertx,
                Strandline strandline,
                PipelineOptions options,
                @Nullable CheckpointStore store);

        /**
         * As {@link Pipeline#compare}.
         *
         * @param store as for {@link #deploy}
         */
        Future<List<StateChange>> compare(
                Pipeline pipeline,
                Vertx vertx,
                Strandline strandline,
                PipelineOptions options,
                @Nullable CheckpointStore store);

        /**
         * Runs the operators of a pipeline without a log, as one task for each stage, which has every key. For test kits.
         *
         * @param outputs takes what is for the sinks
         */
        PipelineTask task(Pipeline pipeline, PipelineTask.Outputs outputs);
    }
}
