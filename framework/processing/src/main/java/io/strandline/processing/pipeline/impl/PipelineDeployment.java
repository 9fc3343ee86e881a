package io.strandline.processing.pipeline.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.StateChange;
import io.strandline.processing.pipeline.impl.checkpoint.DirectoryFiles;
import io.strandline.processing.pipeline.impl.checkpoint.FileCheckpointStore;
import io.strandline.processing.pipeline.impl.checkpoint.StateComparison;
import io.strandline.processing.pipeline.impl.operator.LoneTask;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.processing.pipeline.impl.task.Parking;
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
        List<CheckpointVerticle> runs = new ArrayList<>();
        Parking parking;
        try {
            checked.validate();
            CheckpointStore kept = store == null ? storeOf(vertx, strandline, checked) : store;
            StateBudget budget = StateBudget.of(checked);
            parking = Parking.of(strandline, pipeline, checked.getParkingStream());
            CheckpointVerticle.Launch launch =
                    new CheckpointVerticle.Launch(strandline, checked, kept, parking, time, start, budget);
            for (Pipeline stage : pipeline.stages()) {
                runs.add(new CheckpointVerticle(stage, launch));
            }
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        Future<List<String>> all = runs.size() == 1
                ? deployed(vertx, runs)
                : ShuffleStreams.create(pipeline, strandline.catalog(), checked)
                        .compose(created -> deployed(vertx, runs));
        return all.compose(ids -> {
            try {
                return Future.succeededFuture(new StagedPipeline(
                        pipeline, runs.stream().map(CheckpointVerticle::begin).toList(), parking, checked));
            } catch (StrandlineException.Unavailable vertxCloses) {
                return undeployed(vertx, ids).compose(undeployed -> Future.failedFuture(vertxCloses));
            }
        });
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
        return withStore(
                vertx,
                strandline,
                checked,
                store,
                (context, kept) -> PipelineDeletion.of(context, pipeline, strandline, checked, kept));
    }

    @Override
    public Future<List<StateChange>> compare(
            Pipeline pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store) {
        PipelineOptions checked = new PipelineOptions(options);
        return withStore(
                vertx,
                strandline,
                checked,
                store,
                (context, kept) -> StateComparison.of(context, pipeline, strandline, checked, kept));
    }

    /** @param options which nobody changes any more */
    private static <T> Future<T> withStore(
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store,
            BiFunction<Context, CheckpointStore, Future<T>> call) {
        CheckpointStore kept;
        try {
            options.validate();
            kept = store == null ? storeOf(vertx, strandline, options) : store;
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        Context context = vertx.getOrCreateContext();
        return Hop.to(context, () -> call.apply(context, kept));
    }

    /** Files in the directory that the options name, or beside the log. */
    private static CheckpointStore storeOf(Vertx vertx, Strandline log, PipelineOptions options) {
        String directory = options.getCheckpointDirectory();
        if (directory != null) {
            return new FileCheckpointStore(vertx, pipeline -> new DirectoryFiles(Path.of(directory, pipeline)));
        }
        if (LogPort.sideFilesOf(log, SideFiles.CHECKPOINTS) == null) {
            throw new StrandlineException.Invalid(
                    "checkpointDirectory is not set, and the log has no files here beside which snapshots could be kept");
        }
        return new FileCheckpointStore(
                vertx,
                pipeline -> Objects.requireNonNull(LogPort.sideFilesOf(log, SideFiles.CHECKPOINTS + "/" + pipeline)));
    }

    @Override
    public Task task(Pipeline pipeline, Outputs outputs) {
        return new LoneTask(pipeline.topology(), outputs);
    }
}
