package io.strandline.processing.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * How a deployed pipeline is.
 *
 * @param state what it does
 * @param cause why it paused by itself or stopped, null in other states and after {@link RunningPipeline#close}
 * @param place of the step that failed, null unless a failure has paused it
 */
public record PipelineStatus(
        State state, @Nullable Throwable cause, @Nullable Place place) {

    /** What a pipeline does. */
    public enum State {
        /** It processes events, or waits for them. */
        RUNNING,
        /** {@link RunningPipeline#pause} was called. */
        PAUSED,
        /** A step or a handler has failed, and the pipeline has paused. */
        FAILED,
        /** It was closed, or has stopped by itself. */
        STOPPED
    }

    /**
     * Where a step has failed, or which step has made the output with which a handler has failed.
     *
     * @param partition of the source
     * @param offset of the event, or of the next event if a timer or a window failed
     * @param step number of the step in its partition
     * @param key routing key of the event, null if it has none or for a timer or a window. If a handler has failed, the key of the
     *     output
     */
    public record Place(
            long partition,
            long offset,
            long step,
            @Nullable String key) {}
}
