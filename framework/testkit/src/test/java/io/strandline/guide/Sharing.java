package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.share.PipelineMember;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

// GUIDE: begin sharing
/** Each process that does this runs some of eight parts of the pipeline. Its log may be elsewhere, as tcp://host:port. */
final class Sharing {
    static Future<PipelineMember> join(Vertx vertx, Strandline log, String checkpoints) {
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        PipelineOptions options = new PipelineOptions().setParts(8).setCheckpointDirectory(checkpoints);
        return PipelineMember.join(vertx, log, sync, Views.PER_MINUTE, options).onSuccess(member -> member.ended()
                .onFailure(failure -> System.err.println("this member cannot go on: " + failure)));
    }

    private Sharing() {}
}
// GUIDE: end sharing
