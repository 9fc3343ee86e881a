package io.strandline.processing.pipeline.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineProvider;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.DirectoryFiles;
import io.strandline.processing.pipeline.impl.checkpoint.FileCheckpointStore;
import io.strandline.processing.pipeline.impl.operator.LoneTask;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.spi.LogPort;
import io.strandline.spi.SideFiles;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Deploys pipelines as verticles, and deletes what they leave. */
public final class PipelineDeployment implements PipelineProvider {

    @Override
    public Future<RunningPipeline> deploy(
            Pipeline pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store) {
        PipelineOptions checked = new PipelineOptions(options);
        CheckpointVerticle verticle;
        try {
            checked.validate();
            verticle = new CheckpointVerticle(
                    pipeline, strandline, checked, store == null ? storeOf(vertx, strandline, checked) : store);
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return vertx.deployVerticle(verticle).compose(id -> {
            try {
                return Future.succeededFuture(verticle.begin());
            } catch (StrandlineException.Unavailable vertxCloses) {
                return vertx.undeploy(id).transform(undeployed -> Future.failedFuture(vertxCloses));
            }
        });
    }

    @Override
    public Future<Void> delete(
            Pipeline pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store) {
        PipelineOptions checked = new PipelineOptions(options);
        CheckpointStore kept;
        try {
            checked.validate();
            kept = store == null ? storeOf(vertx, strandline, checked) : store;
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        Context context = vertx.getOrCreateContext();
        return Hop.to(context, () -> new PipelineDeletion(context, pipeline, strandline, checked, kept).run());
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
