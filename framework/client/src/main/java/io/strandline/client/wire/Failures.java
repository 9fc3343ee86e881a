package io.strandline.client.wire;

import io.strandline.StrandlineException;

/**
 * Failures as messages.
 *
 * <pre>
 * failure
 *   number  kind: that of {@link ErrorCode}, or {@value #LEAVING}: nothing was done, because the server stops
 *   text    message, cut at {@value #MAX_MESSAGE_CHARACTERS} characters
 * </pre>
 *
 * <p>Control characters of a message are spaces, so that it makes no lines in a log or on a terminal. Places of the server's machine are left out
 * ({@link FailureText}).
 *
 * <p>A stack trace and a cause never cross. A receiver that does not know the kind takes it for Unknown if the operation may
 * have changed something, and for Unavailable otherwise.
 */
public final class Failures {

    public static final int MAX_MESSAGE_CHARACTERS = 4_096;

    /** Kind of the failure of a request that a server which stops did not begin. */
    private static final int LEAVING = 64;

    private Failures() {}

    /** A failure that crossed. */
    public record Received(StrandlineException failure, boolean isLeaving) {}

    public static void write(WireOutput out, StrandlineException failure) {
        out.number(ErrorCode.of(failure).number()).text(FailureText.of(failure));
    }

    /** Writes that nothing was done, because the server stops. */
    public static void writeLeaving(WireOutput out, String message) {
        out.number(LEAVING).text(FailureText.cut(message));
    }

    /**
     * Reads a failure.
     *
     * @param mayHaveChanged true if the operation may have changed something
     */
    public static Received read(WireInput in, boolean mayHaveChanged) {
        in.field("kind");
        int number = in.integer(0, Integer.MAX_VALUE);
        in.field("message");
        String message = FailureText.shown(in.text());
        if (number == LEAVING) {
            return new Received(new StrandlineException.Unavailable(message), true);
        }
        ErrorCode code = ErrorCode.of(number);
        if (code == null) {
            code = mayHaveChanged ? ErrorCode.UNKNOWN : ErrorCode.UNAVAILABLE;
            message = "failure of the unknown kind " + number + ": " + message;
        }
        return new Received(code.failure(message), false);
    }
}
