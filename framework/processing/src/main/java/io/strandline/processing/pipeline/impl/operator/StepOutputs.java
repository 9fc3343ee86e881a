package io.strandline.processing.pipeline.impl.operator;

import io.strandline.Headers;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.RecordContext;
import org.jspecify.annotations.Nullable;

/** Takes what the operators of one task emit during a step. Belongs to the task's context. */
public interface StepOutputs {

    /** Takes an event for a stream. */
    void emit(Operator.Target target, @Nullable String key, Headers headers, Object event);

    /**
     * Takes an event for a handler.
     *
     * @param place of the event. Valid during the call only
     */
    void handle(Operator.Handle sink, @Nullable String key, RecordContext place, Object event);
}
