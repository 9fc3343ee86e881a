package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.PipelineDescription.Hold;
import org.jspecify.annotations.Nullable;

/**
 * What has the tasks of a stage do no step: they wait for another stage.
 *
 * @param hold why: {@link Hold#TABLE}, {@link Hold#BRAKED} or {@link Hold#DRAINED}
 * @param waitsFor the table that is loaded, the name of the stage that lags, or what needs the standstill
 * @param cause what has failed there, for those who wait for an offset, or null if nothing has
 */
public record Brake(Hold hold, String waitsFor, @Nullable Throwable cause) {

    /** What has failed, or null if nothing has or there is no brake. */
    @Nullable
    public static Throwable causeOf(@Nullable Brake brake) {
        return brake == null ? null : brake.cause();
    }

    /** The brake, if there is one, with nothing that has failed. */
    @Nullable
    static Brake withoutCause(@Nullable Brake brake) {
        return brake == null ? null : new Brake(brake.hold(), brake.waitsFor(), null);
    }
}
