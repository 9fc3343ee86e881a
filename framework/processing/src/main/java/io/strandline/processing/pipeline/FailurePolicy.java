package io.strandline.processing.pipeline;

/**
 * What becomes of a step that has failed in as many attempts as the pipeline allows, or of an event that cannot be decoded. A handler
 * that has failed as often ({@link Events#handle}) stops the pipeline with {@link #FAIL}, and pauses it with all others.
 */
public enum FailurePolicy {
    /**
     * The stage of the step pauses in front of the event, so a pipeline without shuffles as a whole. {@link RunningPipeline#status}
     * has the cause, and {@link RunningPipeline#statusHandler} hears of it. {@link RunningPipeline#resume} tries the step again, and
     * so does a restart.
     */
    PAUSE,
    /** The pipeline stops with the cause, without a final checkpoint. A restart tries the step again. */
    FAIL,
    /**
     * The event is passed over and has no effect. A timer is cleared without firing, and the result of a window for one key is
     * not passed on. The decision is kept, so that a restart passes over the same. An operator that cannot pass over what is due
     * pauses the pipeline.
     */
    SKIP,
    /**
     * The event is passed over, and goes with its cause into the pipeline's parking stream, from which it can be replayed or
     * dropped. For an event that is too large, only its place goes there. A timer or the result of a window that fails pauses the
     * pipeline, because there is no event to park.
     */
    PARK
}
