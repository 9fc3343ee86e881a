package io.strandline.server.impl.http;

import io.vertx.core.VertxException;

/** A request that the door itself refuses, with the problem that is answered. Nothing was done. */
public final class Refusal extends VertxException {

    private static final long serialVersionUID = 1L;

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

    public Problem problem() {
        return problem;
    }
}
