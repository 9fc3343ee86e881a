package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

// GUIDE: begin auditing
/** Checks that the pipeline computes the same again: every hour, and once between two checkpoints. */
final class Auditing {
    static Future<RunningPipeline> deploy(Vertx vertx, Strandline log) {
        return Views.PER_MINUTE.deploy(vertx, log, new PipelineOptions().setAuditIntervalMillis(3_600_000));
    }

    static Future<PipelineAudit> audit(RunningPipeline running) {
        return running.audit("last-year", "this-year").onSuccess(audit -> {
            if (!audit.isEqual()) {
                System.err.println(audit.toText()); // operator, key group, first key, both values
            }
        });
    }

    private Auditing() {}
}
// GUIDE: end auditing
