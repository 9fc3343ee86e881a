package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.EventRecord;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Pipeline.Provider.Start;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.impl.audit.StageAudit;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.RunStarted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.Restoration;
import io.strandline.processing.pipeline.impl.checkpoint.RestoreTerms;
import io.strandline.processing.pipeline.impl.checkpoint.RunSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.Seed;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog;
import io.strandline.processing.pipeline.impl.handover.Handover;
import io.strandline.processing.pipeline.impl.handover.PartitionLimit;
import io.strandline.processing.pipeline.impl.handover.TaskDeployment;
import io.strandline.processing.pipeline.impl.handover.TaskSet;
import io.strandline.processing.pipeline.impl.task.RunSetting;
import io.strandline.processing.pipeline.impl.task.TaskOwner;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The start of a run of a stage, from the newest checkpoint or the one that is asked for.
 *
 * <pre>
 *   streams are there ──▶ restored ──▶ source held ──▶ recorded: earlier runs are fenced ──▶ parts of the run
 * </pre>
 *
 * <p>Belongs to the context of the run.
 */
final class StageStart {

    private final Context context;
    private final Pipeline pipeline;
    private final StageLaunch launch;
    private final PipelineSnapshots snapshots;
    private final PartitionLimit limit;
    private final TaskSet tasks;
    private final TaskOwner owner;

    /**
     * Starts nothing yet.
     *
     * @param tasks of the run. None are made here
     * @param owner of the tasks that a hand-over begins
     */
    StageStart(
            Context context,
            Pipeline pipeline,
            StageLaunch launch,
            PipelineSnapshots snapshots,
            TaskSet tasks,
            TaskOwner owner) {
        this.context = context;
        this.pipeline = pipeline;
        this.launch = launch;
        this.snapshots = snapshots;
        this.limit = new PartitionLimit(pipeline, launch.log().catalog(), launch.options());
        this.tasks = tasks;
        this.owner = owner;
    }

    /** Fails with NotFound unless the source and all sinks are there. */
    Future<Void> requireStreams() {
        Catalog catalog = launch.log().catalog();
        List<Future<?>> streams = new ArrayList<>();
        streams.add(catalog.describe(pipeline.source().toString()));
        pipeline.sinks().forEach(sink -> streams.add(catalog.describe(sink.toString())));
        return Future.all(streams).mapEmpty();
    }

    /**
     * Where a version is to begin beside another one, if it has left nothing yet. So what is refused leaves nothing: no stream, no
     * directory, no subscriber.
     */
    Future<Optional<Restoration>> prepare() {
        return launch.seed() == null
                ? Future.succeededFuture(Optional.empty())
                : CheckpointStream.exists(launch.log(), pipeline.name())
                        .compose(exists -> exists
                                ? Future.succeededFuture(Optional.empty())
                                : restore(List.of()).map(Optional::of));
    }

    /**
     * Where the run is to begin, from what earlier ones have left.
     *
     * @param prepared holds if there was no earlier one, and is given up otherwise
     */
    Future<Restoration> restore(CheckpointStream opened, Optional<Restoration> prepared) {
        if (prepared.isPresent() && opened.found().isEmpty()) {
            return Future.succeededFuture(prepared.get());
        }
        prepared.ifPresent(Restoration::discard);
        return restore(opened.found());
    }

    /** Has the place of the snapshots ready. */
    Future<Void> openPlace() {
        return snapshots.open();
    }

    private Future<Restoration> restore(List<EventRecord<CheckpointEntry>> left) {
        Catalog catalog = launch.log().catalog();
        String source = pipeline.source().toString();
        // Described after the cut, so that every partition that the cut names is known.
        return catalog.startCut(source)
                .compose(start -> catalog.describe(source).compose(described -> limit.require(
                                described, start.offsets().keySet())
                        .compose(within -> whatCounts(left))
                        .compose(entries -> find(new Restoration.Traces(entries, snapshots, described, start)))))
                .compose(restoration -> limit.require(restoration.source(), restoration.standing())
                        .map(restoration));
    }

    private Future<List<EventRecord<CheckpointEntry>>> whatCounts(List<EventRecord<CheckpointEntry>> left) {
        if (left.isEmpty() || !(left.get(left.size() - 1).event() instanceof Switched switched)) {
            return Future.succeededFuture(left);
        }
        return PipelineVersions.counts(launch.log(), PipelineNames.nameOf(pipeline), pipeline.name(), switched)
                .map(counts -> counts
                        ? left
                        : left.stream()
                                .filter(entry -> !(entry.event() instanceof Switched))
                                .toList());
    }

    private Future<Restoration> find(Restoration.Traces left) {
        RestoreTerms terms = RestoreTerms.of(launch.options(), launch.budget());
        Seed seed = launch.seed();
        return seed == null
                ? Restoration.find(pipeline, left, terms, launch.start())
                : seed.begin(
                        pipeline,
                        launch.log(),
                        left,
                        name -> new PipelineSnapshots(context, launch.store(), name),
                        terms);
    }

    /**
     * Records that the run begins, which fences earlier ones.
     *
     * @param tickFailed takes the cause of a tick that could not be made
     */
    Future<StageRun> begin(CheckpointStream opened, Restoration restoration, Consumer<Throwable> tickFailed) {
        SourceHold hold =
                new SourceHold(pipeline, launch.log().catalog(), launch.options(), opened.life(), System::nanoTime);
        hold.pin(restoration.pins());
        return hold.begin(restoration.oldest())
                .compose(held ->
                        opened.append(new RunStarted(pipeline.version(), restoration.origin(), reentry(restoration))))
                .compose(started -> hold.begun().map(started))
                .compose(started -> prepareParking(restoration).compose(parks -> {
                    RunSetting setting = setting(restoration, parks);
                    RunSnapshots own = new RunSnapshots(snapshots, CheckpointStream.epochOf(started));
                    return ShuffleStreams.declare(setting, restoration.standing())
                            .map(declared -> {
                                TickLog ticks =
                                        new TickLog(opened.found(), opened::append, restoration.replaysOutputs());
                                return parts(
                                        setting,
                                        new CheckpointTaker.Places(own, opened, ticks, hold),
                                        restoration,
                                        new Ticker(setting, tasks, ticks, launch.time(), tickFailed));
                            });
                }));
    }

    /**
     * Number of the checkpoint from which the run begins, if it is not the newest. Those that are damaged must not count after it: the
     * next checkpoint may be earlier than they are in some partitions, and what is before the oldest that counts is removed.
     */
    private @Nullable Long reentry(Restoration restoration) {
        Manifest from = restoration.manifest();
        boolean isNewest =
                launch.start().equals(Start.NEWEST) && (restoration.damaged() == 0 || restoration.isSeeded());
        return isNewest ? null : Long.valueOf(from == null ? 0 : from.number());
    }

    /** A parking stream that exists is needed by keys that are still held. */
    private Future<Boolean> prepareParking(Restoration restoration) {
        Future<Boolean> needed = launch.options().getFailurePolicy() == FailurePolicy.PARK
                        || restoration.decisions().parks()
                ? Future.succeededFuture(true)
                : launch.parking().exists();
        return needed.compose(parks -> parks ? launch.parking().prepare().map(true) : Future.succeededFuture(false));
    }

    private RunSetting setting(Restoration restoration, boolean parks) {
        return new RunSetting(
                context.owner(),
                launch.log(),
                pipeline,
                launch.options(),
                restoration.decisions(),
                parks ? launch.parking() : null,
                launch.budget(),
                launch.log(),
                false);
    }

    private StageRun parts(RunSetting setting, CheckpointTaker.Places places, Restoration restoration, Ticker ticker) {
        CheckpointTaker taker = new CheckpointTaker(
                setting,
                tasks,
                places,
                restoration,
                launch.time(),
                !launch.start().equals(Start.NEWEST));
        StageAudit.Setting ofAudits = new StageAudit.Setting(
                context.owner(),
                context,
                launch.log(),
                LogPort.of(PartLog.wholeOf(launch.log())),
                pipeline,
                launch.options(),
                snapshots,
                launch.parking());
        TaskDeployment deployment = new TaskDeployment(setting, places.stream());
        return new StageRun(
                setting,
                places.stream(),
                places.ticks(),
                ticker,
                deployment,
                new Handover(deployment, limit, tasks, snapshots, restoration, owner),
                taker,
                new StageAudits(ofAudits, taker));
    }
}
