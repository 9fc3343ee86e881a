package io.strandline.processing.pipeline.impl.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * What a pipeline has decided about a step, durable before the task goes on: every replay finds it and does the same.
 *
 * @param kind what is done
 * @param partition of the source
 * @param offset of the event, or of the next event if there is none at hand
 * @param step number of the step in the task
 * @param attempts in which the step failed
 * @param key routing key of the event, or the key that is released, null for none
 * @param cause why
 */
public record StepDecision(
        Kind kind,
        long partition,
        long offset,
        long step,
        int attempts,
        @Nullable String key,
        String cause) {

    /** Longest cause, in characters. */
    static final int MAX_CAUSE_LENGTH = 1_000;

    public StepDecision {
        cause = cause.length() <= MAX_CAUSE_LENGTH
                ? cause
                : cause.substring(0, cause.offsetByCodePoints(0, MAX_CAUSE_LENGTH / 2)) + "…";
    }

    /** What becomes of the step and after how many attempts, for the log. */
    public String outcome() {
        String done =
                switch (kind) {
                    case SKIP, SKIP_DUE -> "it is passed over";
                    case PARK -> "it is parked";
                    case HOLD -> "it is parked and its key is held";
                    case RELEASE -> "its key is released";
                };
        return done + " after " + attempts + (attempts == 1 ? " attempt" : " attempts");
    }

    /** What a decision says. */
    public enum Kind {
        /** The event at the offset is passed over. */
        SKIP,
        /** The event at the offset is parked. */
        PARK,
        /** The event at the offset is parked, and so are later ones of its key. */
        HOLD,
        /** Events of the key are processed again, from the offset on. */
        RELEASE,
        /** What is due under the step's number is passed over. */
        SKIP_DUE
    }
}
