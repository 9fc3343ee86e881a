package io.strandline.processing.pipeline.impl.operator;

import io.strandline.Headers;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.PipelineProvider.Outputs;

/** Counts the events that come too late, and appends them where the pipeline says. Belongs to the task's context. */
final class LateEvents {

    /** Name of the header that says why an event is late. */
    static final String HEADER = "strandline-late";

    private final Moment moment;
    private final Outputs outputs;
    private long count;

    LateEvents(Moment moment, Outputs outputs) {
        this.moment = moment;
        this.outputs = outputs;
    }

    long count() {
        return count;
    }

    void add(Operator.Window operator, String key, Object event, long end) {
        count++;
        Operator.Target target = operator.late();
        if (target != null) {
            String reason = "operator " + operator.id() + ": event time " + moment.time() + ", its window ended at "
                    + end + ", the watermark is " + moment.watermark();
            outputs.emit(target, key, Headers.of(HEADER, reason), event);
        }
    }
}
