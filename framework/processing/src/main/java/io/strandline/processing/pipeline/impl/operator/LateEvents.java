package io.strandline.processing.pipeline.impl.operator;

import io.strandline.Headers;
import io.strandline.processing.pipeline.Operator;
import org.jspecify.annotations.Nullable;

/** Counts the events that come too late, and appends them where the pipeline says. Belongs to the task's context. */
final class LateEvents {

    /** Name of the header that says why an event is late. */
    static final String HEADER = "strandline-late";

    private final TaskRecordContext context;
    private final StepOutputs outputs;
    private long count;

    LateEvents(TaskRecordContext context, StepOutputs outputs) {
        this.context = context;
        this.outputs = outputs;
    }

    /** Takes back what a failed step has counted. */
    void reset(long to) {
        count = to;
    }

    long count() {
        return count;
    }

    /**
     * An event comes too late for an operator.
     *
     * @param target takes it, or null
     * @param bound what is over, for the reason
     * @param until when that was over, in milliseconds since the epoch
     */
    void add(String operator, Operator.@Nullable Target target, String key, Object event, String bound, long until) {
        count++;
        if (target != null) {
            String reason = "operator " + operator + ": event time " + context.time() + ", " + bound + " " + until
                    + ", the watermark is " + context.watermark();
            outputs.emit(target, key, Headers.of(HEADER, reason), event);
        }
    }
}
