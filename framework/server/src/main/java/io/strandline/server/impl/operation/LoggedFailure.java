package io.strandline.server.impl.operation;

import io.strandline.client.wire.FailureText;

/**
 * A failure as the log has it: with its stack traces, and with each class and message in one line. A message may hold text of a caller, which would
 * otherwise write lines of its own.
 */
final class LoggedFailure extends Exception {

    private static final long serialVersionUID = 1L;

    /** Causes that are written, so that a circle of them ends. */
    private static final int MAX_CAUSES = 20;

    private LoggedFailure(Throwable failure, int causes) {
        super(
                FailureText.shown(failure.toString()),
                failure.getCause() == null || causes == 0 ? null : new LoggedFailure(failure.getCause(), causes - 1),
                false,
                true);
        setStackTrace(failure.getStackTrace());
    }

    static LoggedFailure of(Throwable failure) {
        return new LoggedFailure(failure, MAX_CAUSES);
    }
}
