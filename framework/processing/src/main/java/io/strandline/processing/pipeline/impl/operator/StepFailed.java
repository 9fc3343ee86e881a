package io.strandline.processing.pipeline.impl.operator;

/** Carries a checked exception of an application's step through the operators. */
final class StepFailed extends RuntimeException {

    private static final long serialVersionUID = 1;

    StepFailed(Exception cause) {
        super(null, cause, false, false);
    }
}
