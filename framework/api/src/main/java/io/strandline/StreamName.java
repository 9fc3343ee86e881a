package io.strandline;

import org.jspecify.annotations.Nullable;

/**
 * The full name of a stream, {@code scope/stream}.
 *
 * <p>Each part has 1 to {@value #MAX_PART_LENGTH} characters out of ASCII letters, digits, {@code _}, {@code -} and
 * {@code .}, starts with a letter, a digit or {@code _}, and holds no {@code ..}.
 */
public record StreamName(String scope, String stream) implements Comparable<StreamName> {

    /** Longest scope or stream name, in characters. */
    public static final int MAX_PART_LENGTH = 200;

    /**
     * Scope of the streams that Strandline keeps for itself, such as the states of groups and the manifests of pipelines. {@link
     * Catalog#createStream} refuses it, and {@link Catalog#scopes} does not show it.
     */
    public static final String RESERVED_SCOPE = "_strandline";

    /**
     * Checks the parts.
     *
     * @throws StrandlineException.Invalid if a part breaks the rules above
     */
    public StreamName {
        requireValid("scope", scope);
        requireValid("stream", stream);
    }

    /**
     * Parses {@code scope/stream}.
     *
     * @throws StrandlineException.Invalid if the text is not of that form
     */
    public static StreamName parse(String fullName) {
        int slash = fullName.indexOf('/');
        if (slash < 0) {
            throw new StrandlineException.Invalid("stream name \"" + abbreviated(fullName) + "\" is not scope/stream");
        }
        return new StreamName(fullName.substring(0, slash), fullName.substring(slash + 1));
    }

    /**
     * Returns the name if it is a valid scope or stream name.
     *
     * @throws StrandlineException.Invalid if it is not
     */
    public static String requireValid(String kind, String name) {
        if (name.length() > MAX_PART_LENGTH) {
            throw new StrandlineException.Invalid(kind + " name \"" + abbreviated(name) + "\" has " + name.length()
                    + " characters, the limit is " + MAX_PART_LENGTH);
        }
        if (!isPart(name)) {
            throw new StrandlineException.Invalid(kind + " name \"" + name
                    + "\" may hold letters, digits, '_', '-' and '.', must start with a letter, digit or '_',"
                    + " and no '..'");
        }
        return name;
    }

    /** Not a regular expression: a log with many streams checks each name when it opens, in code that is not compiled yet. */
    private static boolean isPart(String name) {
        char before = '.';
        for (int i = 0; i < name.length(); i++) {
            char next = name.charAt(i);
            boolean isWordCharacter = (next >= 'a' && next <= 'z')
                    || (next >= 'A' && next <= 'Z')
                    || (next >= '0' && next <= '9')
                    || next == '_';
            boolean isMark = i > 0 && (next == '-' || (next == '.' && before != '.'));
            if (!isWordCharacter && !isMark) {
                return false;
            }
            before = next;
        }
        return !name.isEmpty();
    }

    /** True for a stream of Strandline itself. */
    public boolean isReserved() {
        return scope.equals(RESERVED_SCOPE);
    }

    private static String abbreviated(String name) {
        return name.length() <= 64 ? name : name.substring(0, 64) + "…";
    }

    // By hand: the first calls of what a record has by itself take a JVM that has just started tens of milliseconds.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StreamName name && scope.equals(name.scope) && stream.equals(name.stream);
    }

    @Override
    public int hashCode() {
        return 31 * scope.hashCode() + stream.hashCode();
    }

    @Override
    public int compareTo(StreamName other) {
        int byScope = scope.compareTo(other.scope);
        return byScope != 0 ? byScope : stream.compareTo(other.stream);
    }

    @Override
    public String toString() {
        return scope + "/" + stream;
    }
}
