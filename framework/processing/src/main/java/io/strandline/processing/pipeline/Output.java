package io.strandline.processing.pipeline;

import org.jspecify.annotations.Nullable;

/** Takes the events that a step emits. Valid during that step only. */
@FunctionalInterface
public interface Output<O> {

    /**
     * Emits an event for the sink stream. Events of one step are appended in the order of these calls, after all events
     * of earlier steps of the same task.
     *
     * @param key routing key in the sink stream, or null
     */
    void emit(@Nullable String key, O event);
}
