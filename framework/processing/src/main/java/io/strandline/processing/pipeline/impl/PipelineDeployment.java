package io.strandline.processing.pipeline.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineProvider;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.DiskSnapshotFiles;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotDirectory;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotFiles;
import io.strandline.processing.pipeline.impl.task.Hop;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.function.Function;

/** Deploys pipelines as verticles, and deletes what they leave. */
public final class PipelineDeployment implements PipelineProvider {

    @Override
    public Future<RunningPipeline> deploy(
            Pipeline<?, ?, ?> pipeline, Vertx vertx, Strandline strandline, PipelineOptions options) {
        return deploy(pipeline, vertx, strandline, options, DiskSnapshotFiles::new);
    }

    /** @param disk directory → the files in it */
    static <E, S, O> Future<RunningPipeline> deploy(
            Pipeline<E, S, O> pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            Function<Path, SnapshotFiles> disk) {
        PipelineOptions checked = new PipelineOptions(options);
        try {
            checked.validate();
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        SnapshotDirectory directory = new SnapshotDirectory(disk.apply(SnapshotDirectory.path(pipeline, checked)));
        CheckpointVerticle<E, S, O> verticle = new CheckpointVerticle<>(pipeline, strandline, checked, directory);
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
            Pipeline<?, ?, ?> pipeline, Vertx vertx, Strandline strandline, PipelineOptions options) {
        PipelineOptions checked = new PipelineOptions(options);
        try {
            checked.validate();
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        Context context = vertx.getOrCreateContext();
        return Hop.to(context, () -> new PipelineDeletion(context, pipeline, strandline, checked).run());
    }
}
