package io.strandline.processing.pipeline.impl.task;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import org.jspecify.annotations.Nullable;

/**
 * How far a task has come in its life, and why it has failed, if it has.
 *
 * <pre>
 *   OPENED ──▶ READING ──▶ AT_END ──▶ ENDED
 *
 *   OPENED   no event is taken
 *   READING  events come
 *   AT_END   the partition is sealed, and all its events were read. Steps may be left to do
 *   ENDED    nothing is left to do but the final checkpoint
 * </pre>
 *
 * <p>A failure leaves it where it is. Belongs to the task's context.
 */
final class TaskLife {

    private final Pipeline pipeline;
    private Phase phase = Phase.OPENED;
    private @Nullable Throwable failure;

    private enum Phase {
        OPENED,
        READING,
        AT_END,
        ENDED
    }

    TaskLife(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    void begin() {
        phase = Phase.READING;
    }

    void comeToEnd() {
        phase = Phase.AT_END;
    }

    void end() {
        phase = Phase.ENDED;
    }

    boolean hasBegun() {
        return phase != Phase.OPENED;
    }

    boolean isReading() {
        return phase == Phase.READING;
    }

    /** Whether no event comes any more. */
    boolean isAtEnd() {
        return phase == Phase.AT_END || phase == Phase.ENDED;
    }

    /** Whether nothing is to be done any more. */
    boolean hasEnded() {
        return phase == Phase.ENDED;
    }

    /** Notes a failure. Returns whether it is the first. */
    boolean fail(Throwable cause) {
        boolean isFirst = failure == null;
        if (isFirst) {
            failure = cause;
        }
        return isFirst;
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    /** What those are told who wait for something that does not come any more. */
    Throwable causeOfEnd() {
        return failure == null ? new StrandlineException.Unavailable(pipeline + " is closed") : failure;
    }
}
