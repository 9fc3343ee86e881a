package io.strandline.spi;

import io.vertx.core.internal.logging.LoggerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Writes log lines where Vert.x writes its own: to the backend that {@code vertx.logger-delegate-factory-class-name}
 * names, to SLF4J or Log4j 2 if one of them is on the class path with a backend, and to {@code java.util.logging}
 * otherwise.
 *
 * <p>Each {@code {}} in a message is replaced by the next argument. A last argument that is left over and is a {@code
 * Throwable} is written with its stack trace. Callable from any thread.
 */
public final class Logger {

    private static final String PLACE = "{}";

    private final io.vertx.core.internal.logging.Logger lines;

    private Logger(io.vertx.core.internal.logging.Logger lines) {
        this.lines = lines;
    }

    /** The logger of a class. */
    public static Logger of(Class<?> owner) {
        return new Logger(LoggerFactory.getLogger(owner));
    }

    /** Whether lines of {@link #info} are written. */
    public boolean isInfoEnabled() {
        return lines.isInfoEnabled();
    }

    public void error(String message, @Nullable Object... arguments) {
        lines.error(text(message, arguments), cause(message, arguments));
    }

    public void warn(String message, @Nullable Object... arguments) {
        lines.warn(text(message, arguments), cause(message, arguments));
    }

    public void info(String message, @Nullable Object... arguments) {
        if (lines.isInfoEnabled()) {
            lines.info(text(message, arguments), cause(message, arguments));
        }
    }

    public void debug(String message, @Nullable Object... arguments) {
        if (lines.isDebugEnabled()) {
            lines.debug(text(message, arguments), cause(message, arguments));
        }
    }

    /** The message with its arguments in their places. */
    static String text(String message, @Nullable Object... arguments) {
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (Object argument : arguments) {
            int at = message.indexOf(PLACE, from);
            if (at < 0) {
                break;
            }
            text.append(message, from, at).append(argument);
            from = at + PLACE.length();
        }
        return text.append(message, from, message.length()).toString();
    }

    /** The last argument, if it has no place in the message and can be thrown. */
    static @Nullable Throwable cause(String message, @Nullable Object... arguments) {
        int places = 0;
        for (int at = message.indexOf(PLACE); at >= 0; at = message.indexOf(PLACE, at + PLACE.length())) {
            places++;
        }
        return arguments.length > places && arguments[arguments.length - 1] instanceof Throwable cause ? cause : null;
    }
}
