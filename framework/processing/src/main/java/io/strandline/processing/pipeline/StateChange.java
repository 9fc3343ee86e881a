package io.strandline.processing.pipeline;

/**
 * What a start of a pipeline does with the state of one operator, found by {@link Pipeline#compare}.
 *
 * @param stage name of the stage that has the operator, or had it
 * @param operator id of the operator
 * @param fate what becomes of the state
 * @param pieces number of keys, windows or other pieces that the newest checkpoint has of it
 * @param reason why, for messages
 */
public record StateChange(String stage, String operator, Fate fate, long pieces, String reason) {

    /** What becomes of a state. */
    public enum Fate {
        /** The operator goes on with it. */
        KEPT,
        /** The operator is new, was in another stage, or has no state in the checkpoint. It starts empty. */
        EMPTY,
        /** No operator can read it, and {@link PipelineOptions#setDroppedState} gives it up. */
        DROPPED,
        /** No operator can read it, and the pipeline does not start before it is given up. */
        REFUSED
    }
}
