package io.strandline.processing.pipeline.share.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.PipelineParts;
import io.strandline.processing.pipeline.share.PipelineMember;
import io.strandline.processing.pipeline.share.PipelineMemberProvider;
import io.strandline.processing.pipeline.share.PipelineStates;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Has members join. */
public final class PipelineSharing implements PipelineMemberProvider {

    @Override
    public Future<PipelineMember> join(
            Vertx vertx,
            Strandline log,
            StateSync sync,
            Pipeline pipeline,
            PipelineOptions options,
            @Nullable CheckpointStore store) {
        PipelineOptions checked = new PipelineOptions(options);
        try {
            checked.validate();
            PipelineParts.requireDivisible(pipeline, checked.getParts());
        } catch (StrandlineException.Invalid refused) {
            return Future.failedFuture(refused);
        }
        return PipelineParts.prepare(log, pipeline, checked.getParts())
                .compose(shared ->
                        OpenMember.join(new OpenMember.Setting(vertx, log, pipeline, checked, store, shared), sync));
    }

    @Override
    public PipelineStates states(Vertx vertx, Pipeline pipeline, PipelineOptions options) {
        PipelineOptions checked = new PipelineOptions(options);
        checked.validate();
        PipelineParts.requireDivisible(pipeline, checked.getParts());
        if (checked.getStateAddress() == null) {
            throw new StrandlineException.Invalid(
                    "stateAddress is null, it must name where the state of " + pipeline + " is asked");
        }
        return new RemoteStates(vertx, pipeline, checked);
    }
}
