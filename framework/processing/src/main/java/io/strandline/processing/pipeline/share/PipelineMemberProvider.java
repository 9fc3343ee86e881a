package io.strandline.processing.pipeline.share;

import io.strandline.Strandline;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Has members join. The framework implements it, applications call {@link PipelineMember#join}. */
public interface PipelineMemberProvider {

    /**
     * As {@link PipelineMember#join}.
     *
     * @param store keeps the snapshots, or null for the place that the options or the log name
     */
    Future<PipelineMember> join(
            Vertx vertx,
            Strandline log,
            StateSync sync,
            Pipeline pipeline,
            PipelineOptions options,
            @Nullable CheckpointStore store);

    /** As {@link PipelineStates#of}. */
    PipelineStates states(Vertx vertx, Pipeline pipeline, PipelineOptions options);
}
