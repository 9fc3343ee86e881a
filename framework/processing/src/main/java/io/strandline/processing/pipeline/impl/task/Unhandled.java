package io.strandline.processing.pipeline.impl.task;

import java.util.Objects;

/** Why a task is not cut although it goes on: outputs before the cut wait for a handler that has failed. */
public final class Unhandled extends RuntimeException {

    private static final long serialVersionUID = 1;

    Unhandled(Throwable cause) {
        super(cause.getMessage(), cause);
    }

    /** What the application is told. */
    public Throwable failure() {
        return Objects.requireNonNull(getCause());
    }
}
