package io.strandline.processing.pipeline;

import io.strandline.Strandline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Runs pipelines. The framework implements it, applications call {@link Pipeline#deploy} and {@link Pipeline#delete}, which say
 * what a call does and how it fails.
 */
public interface PipelineProvider {

    /** As {@link Pipeline#deploy}. */
    Future<RunningPipeline> deploy(
            Pipeline<?, ?, ?> pipeline, Vertx vertx, Strandline strandline, PipelineOptions options);

    /** As {@link Pipeline#delete}. */
    Future<Void> delete(Pipeline<?, ?, ?> pipeline, Vertx vertx, Strandline strandline, PipelineOptions options);
}
