package io.strandline.server.impl.http;

import io.vertx.core.VertxException;

/** A request that the door itself answers with a problem. Nothing was done, unless the problem says otherwise. */
public final class Refusal extends VertxException {

    private static final long serialVersionUID = 1L;

    /** Characters of a value that an answer shows. */
    private static final int MAX_SHOWN = 40;

    private final transient Problem problem;

    public Refusal(Problem problem) {
        super(problem.detail(), null, true);
        this.problem = problem;
    }

    /**
     * A value of the request that is wrong: 400.
     *
     * @param field its name
     * @param detail the value and its limit
     */
    public static Refusal of(String field, String detail) {
        return new Refusal(Problem.invalid(detail).with("field", field));
    }

    /**
     * A text of the request that is wrong: 400.
     *
     * @param field its name
     * @param value the text
     * @param must what it must be
     */
    public static Refusal of(String field, String value, String must) {
        return of(field, field + " is " + quoted(value) + ", it must be " + must);
    }

    /** The beginning of a text that a client has chosen, in quotes and without control characters. */
    static String quoted(String value) {
        String begin = value.length() > MAX_SHOWN ? value.substring(0, MAX_SHOWN) + "…" : value;
        return begin.codePoints()
                .map(letter -> Character.isISOControl(letter) || Character.getType(letter) == Character.SURROGATE
                        ? '?'
                        : letter)
                .collect(() -> new StringBuilder("\""), StringBuilder::appendCodePoint, StringBuilder::append)
                .append('"')
                .toString();
    }

    public Problem problem() {
        return problem;
    }
}
