package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineTask;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.StateChange;
import io.strandline.processing.pipeline.impl.checkpoint.DirectoryFiles;
import io.strandline.processing.pipeline.impl.checkpoint.FileCheckpointStore;
import io.strandline.processing.pipeline.impl.checkpoint.Seed;
import io.strandline.processing.pipeline.impl.checkpoint.StateComparison;
import io.strandline.processing.pipeline.impl.operator.LoneTask;
import io.strandline.processing.pipeline.impl.parking.Parking;
import io.strandline.processing.pipeline.impl.question.StateEndpoint;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.spi.LogPort;
import io.strandline.spi.SideFiles;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Deploys pipelines as verticles, and deletes what they leave. */
public final class PipelineDeployment implements Pipeline.Provider {

    private final Ticker.TimeSource time;

    /** Takes the time of the machine. */
    public PipelineDeployment() {
        this(Ticker.TimeSource.SYSTEM);
    }

    PipelineDeployment(Ticker.TimeSource time) {
        this.time = time;
    }

    @Override
    public Future<RunningPipeline> deploy(
            Pipeline pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store,
            Start start) {
        PipelineOptions checked = new PipelineOptions(options);
        return withStore(vertx, strandline, checked, store, kept -> PipelineParts.requireWhole(strandline, pipeline)
                .compose(whole -> PipelineVersions.find(strandline, pipeline))
                .compose(versions -> versions.requireCurrent(strandline)
                        .compose(current ->
                                versions.releaseFormer(strandline.catalog()).map(current)))
                .compose(current -> requireNothingLeft(vertx, current, strandline, checked, kept, start)
                        .map(current))
                .compose(current -> run(new Run(current, vertx, strandline, checked, kept, start, null))));
    }

    /** State is given up by permission only, also that of stages which are no longer there. A reset keeps none. */
    private static Future<Void> requireNothingLeft(
            Vertx vertx,
            Pipeline pipeline,
            Strandline log,
            PipelineOptions options,
            CheckpointStore store,
            Start start) {
        if (!options.isVersionChangeAllowed() || start.isReset()) {
            return Future.succeededFuture();
        }
        Context context = vertx.getOrCreateContext();
        return Hop.to(context, () -> StateComparison.requireNothingLeft(context, pipeline, log, options, store));
    }

    @Override
    public Future<RunningPipeline> runBeside(
            Pipeline pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store,
            @Nullable String checkpoint) {
        PipelineOptions checked = new PipelineOptions(options);
        return withStore(vertx, strandline, checked, store, kept -> PipelineVersions.find(strandline, pipeline)
                .compose(versions -> {
                    Pipeline beside = versions.requireBeside();
                    Seed seed = Seed.of(versions.current(), beside, checkpoint);
                    Context context = vertx.getOrCreateContext();
                    BesideStart start = new BesideStart(context, beside, strandline, checked, kept);
                    return Hop.to(context, () -> start.prepare(seed))
                            .compose(prepared ->
                                    run(new Run(beside, vertx, strandline, checked, kept, Start.NEWEST, seed)));
                }));
    }

    /**
     * What a pipeline is to be run with.
     *
     * @param pipeline under the name that it has now
     * @param seed see {@link StageLaunch}
     */
    private record Run(
            Pipeline pipeline,
            Vertx vertx,
            Strandline log,
            PipelineOptions options,
            CheckpointStore store,
            Start start,
            @Nullable Seed seed) {}

    private Future<RunningPipeline> run(Run run) {
        Pipeline pipeline = run.pipeline();
        Parking parking = Parking.of(run.log(), pipeline, run.options().getParkingStream());
        StageLaunch launch = new StageLaunch(
                run.log(),
                run.options(),
                run.store(),
                parking,
                time,
                run.start(),
                StateBudget.of(run.options()),
                run.seed());
        List<CheckpointVerticle> stages = pipeline.stages().stream()
                .map(stage -> new CheckpointVerticle(stage, launch.of(stage)))
                .toList();
        Catalog catalog = run.log().catalog();
        Future<List<String>> all = ShuffleStreams.create(pipeline, catalog, run.options())
                .compose(created -> PipelineParts.holdForOthers(pipeline, catalog, run.options()))
                .compose(held -> deployed(run.vertx(), stages));
        return all.compose(ids -> {
            try {
                return served(
                        run,
                        new StagedPipeline(
                                run.log(),
                                pipeline,
                                stages.stream()
                                        .map(stage -> StageHandle.begin(
                                                stage,
                                                TableLoading.first(
                                                        pipeline.topology(),
                                                        stage.stage().name())))
                                        .toList(),
                                parking,
                                run.options()));
            } catch (StrandlineException.Unavailable vertxCloses) {
                return undeployed(run.vertx(), ids).compose(undeployed -> Future.failedFuture(vertxCloses));
            }
        });
    }

    /** Has the state asked from elsewhere, if the options say where. */
    private static Future<RunningPipeline> served(Run run, RunningPipeline running) {
        String address = run.options().getStateAddress();
        return address == null
                ? Future.succeededFuture(running)
                : StateEndpoint.open(run.vertx(), run.pipeline(), running, address)
                        .map(running)
                        .recover(cause -> running.close().transform(closed -> Future.failedFuture(cause)));
    }

    /** The last stage first, so that each holds what its input keeps before another stage appends to it. All, or none. */
    private static Future<List<String>> deployed(Vertx vertx, List<CheckpointVerticle> runs) {
        List<String> ids = new ArrayList<>();
        Future<?> last = Future.succeededFuture();
        for (int i = runs.size() - 1; i >= 0; i--) {
            CheckpointVerticle run = runs.get(i);
            last = last.compose(before -> vertx.deployVerticle(run)).onSuccess(ids::add);
        }
        return last.map(ids).recover(cause -> undeployed(vertx, ids).compose(undeployed -> Future.failedFuture(cause)));
    }

    private static Future<Void> undeployed(Vertx vertx, List<String> ids) {
        return Future.join(ids.stream().map(vertx::undeploy).toList())
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    @Override
    public Future<Void> delete(
            Pipeline pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store) {
        PipelineOptions checked = new PipelineOptions(options);
        return onContext(vertx, strandline, checked, store, (context, kept) -> deleteParts(
                        context, pipeline, strandline, checked, kept)
                .compose(deleted -> PipelineVersions.find(strandline, pipeline))
                .compose(versions -> new VersionDeletion(context, versions, strandline, checked, kept).pipeline())
                .compose(deleted -> PipelineParts.forget(strandline, pipeline)));
    }

    private static Future<Void> deleteParts(
            Context context, Pipeline pipeline, Strandline log, PipelineOptions options, CheckpointStore store) {
        return PipelineParts.several(log, pipeline)
                .compose(parts -> PipelineDeletion.ofParts(context, parts, log, options, store));
    }

    @Override
    public Future<Void> drop(
            Pipeline pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store) {
        PipelineOptions checked = new PipelineOptions(options);
        return onContext(vertx, strandline, checked, store, (context, kept) -> PipelineVersions.find(
                        strandline, pipeline)
                .compose(versions -> new VersionDeletion(context, versions, strandline, checked, kept).version()));
    }

    @Override
    public Future<List<StateChange>> compare(
            Pipeline pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store) {
        PipelineOptions checked = new PipelineOptions(options);
        return onContext(vertx, strandline, checked, store, (context, kept) -> PipelineParts.requireWhole(
                        strandline, pipeline)
                .compose(whole -> PipelineVersions.find(strandline, pipeline))
                .compose(versions -> StateComparison.of(context, versions.asCurrent(), strandline, checked, kept)));
    }

    /** @param options which nobody changes any more */
    private static <T> Future<T> withStore(
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store,
            Function<CheckpointStore, Future<T>> call) {
        CheckpointStore kept;
        try {
            options.validate();
            kept = store == null ? storeOf(vertx, strandline, options) : store;
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return call.apply(kept);
    }

    private static <T> Future<T> onContext(
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store,
            BiFunction<Context, CheckpointStore, Future<T>> call) {
        return withStore(vertx, strandline, options, store, kept -> {
            Context context = vertx.getOrCreateContext();
            return Hop.to(context, () -> call.apply(context, kept));
        });
    }

    /** Files in the directory that the options name, or beside the log. */
    private static CheckpointStore storeOf(Vertx vertx, Strandline log, PipelineOptions options) {
        String directory = options.getCheckpointDirectory();
        if (directory != null) {
            return new FileCheckpointStore(vertx, pipeline -> new DirectoryFiles(Path.of(directory, pipeline)));
        }
        LogPort port = LogPort.of(log);
        if (port == null || port.sideFiles(SideFiles.CHECKPOINTS) == null) {
            throw new StrandlineException.Invalid(
                    "checkpointDirectory is not set, and the log has no files here beside which snapshots could be"
                            + " kept");
        }
        return new FileCheckpointStore(
                vertx, pipeline -> Objects.requireNonNull(port.sideFiles(SideFiles.CHECKPOINTS + "/" + pipeline)));
    }

    @Override
    public PipelineTask task(Pipeline pipeline, PipelineTask.Outputs outputs) {
        return new LoneTask(pipeline.topology(), outputs);
    }
}
