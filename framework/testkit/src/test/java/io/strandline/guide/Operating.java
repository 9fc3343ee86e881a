package io.strandline.guide;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.ParkedEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

// GUIDE: begin operating
/** Parks what fails, puts it right, and goes back in time. */
final class Operating {
    static Future<RunningPipeline> deploy(Vertx vertx, Strandline log) {
        return Views.PER_MINUTE.deploy(vertx, log, new PipelineOptions().setFailurePolicy(FailurePolicy.PARK));
    }

    static Future<Integer> repair(RunningPipeline running, EventWriter<Views.View> source) {
        return running.parked()
                .compose(parked -> running.replay(
                        parked.stream().map(ParkedEvent::id).toList(),
                        Views.View.CODEC,
                        event -> source.append(event.key(), event.event())));
    }

    static Future<RunningPipeline> again(Vertx vertx, Strandline log, RunningPipeline running) {
        return running.checkpoint("before-the-change")
                .compose(pinned -> running.close())
                .compose(closed -> Views.PER_MINUTE.restore(vertx, log, new PipelineOptions(), "before-the-change"));
    }

    private Operating() {}
}
// GUIDE: end operating
