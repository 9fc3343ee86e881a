package io.strandline.client.wire;

import io.strandline.StrandlineException;
import java.nio.file.FileSystemException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Messages of failures as another process may see them: in one line, cut at {@value Failures#MAX_MESSAGE_CHARACTERS} characters, and without places of
 * this machine.
 *
 * <p>A place is a path that begins at a root, an address {@code file:…}, or what a {@link FileSystemException} among the causes names. It becomes
 * {@value #HIDDEN}. A path with spaces is known as a whole if it is in quotation marks or among the causes. What a request named is hidden too if it
 * looks like a path.
 */
public final class FailureText {

    /** What is written for a place. */
    public static final String HIDDEN = "…";

    /** Causes that are looked at, so that a circle of them ends. */
    private static final int MAX_CAUSES = 20;

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}]");

    /** The address of a log in files. */
    private static final Pattern ADDRESS = Pattern.compile("(?<=\")file:[^\"]*(?=\")|file:[^\\s,;\"')]+");

    /**
     * A path. The slash between scope and stream follows a name, and those of an address a colon, so they are none. A slash with nothing after it is
     * none either.
     */
    private static final Pattern PATH = Pattern.compile("(?<=\")(?:/|[A-Za-z]:[\\\\/])[^\"]+(?=\")"
            + "|(?<![\\w.:/~-])(?:/|[A-Za-z]:[\\\\/])[^\\s,;\"')]+"
            + "|(?<=:)/(?!/)[^\\s,;\"')]+");

    private FailureText() {}

    /** The message of a failure, without places of this machine. */
    public static String of(StrandlineException failure) {
        return of(failure, "");
    }

    /**
     * The message of a failure, without places of this machine, and a text that is whole after it: the message is cut to leave room.
     *
     * @param after at most {@value Failures#MAX_MESSAGE_CHARACTERS} characters less 4
     */
    public static String of(StrandlineException failure, String after) {
        return cut(hidden(withoutFiles(failure)), Failures.MAX_MESSAGE_CHARACTERS - after.length()) + after;
    }

    /** True if one of the causes of a failure names a file or a directory of this machine. */
    public static boolean isCausedByFile(StrandlineException failure) {
        Throwable cause = failure.getCause();
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            if (cause instanceof FileSystemException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /**
     * True if the message of a failure names a file or a directory of this machine, other than by the address of a log, or one of its causes
     * does.
     */
    public static boolean isOfFile(StrandlineException failure) {
        String message = failure.getMessage();
        return isCausedByFile(failure)
                || (message != null
                        && PATH.matcher(ADDRESS.matcher(message).replaceAll("")).find());
    }

    /** A text that may hold the message of a failure, without places of this machine. */
    public static String withoutPlaces(String text) {
        return cut(hidden(text));
    }

    /** Before it is cut: a quotation mark that was cut away would show a part of what it ends. */
    private static String hidden(String text) {
        return PATH.matcher(ADDRESS.matcher(inOneLine(text)).replaceAll(HIDDEN)).replaceAll(HIDDEN);
    }

    /** The message without the files that its causes name. */
    private static String withoutFiles(StrandlineException failure) {
        String message = failure.getMessage() == null ? "" : failure.getMessage();
        Throwable cause = failure.getCause();
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            if (cause instanceof FileSystemException named) {
                message = without(without(message, named.getFile()), named.getOtherFile());
            }
            cause = cause.getCause();
        }
        return message;
    }

    private static String without(String message, @Nullable String file) {
        boolean isPath = file != null && (file.indexOf('/') >= 0 || file.indexOf('\\') >= 0);
        return isPath ? message.replace(file, HIDDEN) : message;
    }

    /** A message without control characters, cut at its longest. */
    public static String shown(@Nullable String message) {
        return cut(message == null ? null : inOneLine(message));
    }

    private static String inOneLine(String message) {
        return CONTROL.matcher(message).replaceAll(" ");
    }

    static String cut(@Nullable String message) {
        return cut(message == null ? "" : message, Failures.MAX_MESSAGE_CHARACTERS);
    }

    private static String cut(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        int end = length - 3;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "...";
    }
}
