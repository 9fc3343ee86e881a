package io.strandline.processing.pipeline;

import io.strandline.Strandline;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * Runs pipelines. The framework implements it, applications call {@link Pipeline#deploy} and {@link Pipeline#delete}, which say
 * what a call does and how it fails.
 */
public interface PipelineProvider {

    /**
     * As {@link Pipeline#deploy}.
     *
     * @param store keeps the snapshots, or null for the place that the options or the log name
     */
    Future<RunningPipeline> deploy(
            Pipeline pipeline,
            Vertx vertx,
            Strandline strandline,
            PipelineOptions options,
            @Nullable CheckpointStore store);

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
}
