package io.strandline.client.wire;

import io.strandline.StrandlineException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Failures as messages.
 *
 * <pre>
 * failure
 *   number  kind: that of {@link ErrorCode}, or {@value #LEAVING}: nothing was done, because the server stops
 *   text    message, cut at {@value #MAX_MESSAGE_CHARACTERS} characters
 * </pre>
 *
 * <p>Control characters of a message are read as spaces, so that it makes no lines in a log or on a terminal.
 *
 * <p>A stack trace and a cause never cross. A receiver that does not know the kind takes it for Unknown if the operation may
 * have changed something, and for Unavailable otherwise.
 */
public final class Failures {

    public static final int MAX_MESSAGE_CHARACTERS = 4_096;

    /** Kind of the failure of a request that a server which stops did not begin. */
    private static final int LEAVING = 64;

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}]");

    private Failures() {}

    /** A failure that crossed. */
    public record Received(StrandlineException failure, boolean isLeaving) {}

    public static void write(WireOutput out, StrandlineException failure) {
        out.number(ErrorCode.of(failure).number()).text(cut(failure.getMessage()));
    }

    /** Writes that nothing was done, because the server stops. */
    public static void writeLeaving(WireOutput out, String message) {
        out.number(LEAVING).text(cut(message));
    }

    private static String cut(@Nullable String message) {
        String text = message == null ? "" : message;
        if (text.length() <= MAX_MESSAGE_CHARACTERS) {
            return text;
        }
        int end = MAX_MESSAGE_CHARACTERS - 3;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "...";
    }

    /** A message without control characters, cut at its longest. */
    static String shown(@Nullable String message) {
        return cut(message == null ? null : CONTROL.matcher(message).replaceAll(" "));
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
        String message = shown(in.text());
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

    /** What a failure crosses as: itself, or Unknown for what other code threw. Its text stays in the server's log. */
    public static StrandlineException crossing(Throwable cause, String what) {
        return cause instanceof StrandlineException known
                ? known
                : new StrandlineException.Unknown("the server failed in " + what);
    }
}
