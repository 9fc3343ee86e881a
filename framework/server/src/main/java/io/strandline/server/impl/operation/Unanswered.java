package io.strandline.server.impl.operation;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Operation;
import io.vertx.core.VertxException;
import java.util.function.Function;

/**
 * An operation that was done, and whose answer is missing. Doors that speak JSON say so. Over TCP it is Unknown, which promises less.
 */
public final class Unanswered extends VertxException {

    private static final long serialVersionUID = 1L;

    private final transient StrandlineException why;

    /** @param why says what could not be answered */
    public Unanswered(StrandlineException.Unknown why) {
        super(why.getMessage(), why, true);
        this.why = why;
    }

    /** What the answer is missing for. */
    public StrandlineException why() {
        return why;
    }

    /** A reply in a form. What fails there was done before, if it is a change. */
    public static <R, T> T rendered(Operation<?, R> operation, R reply, Function<R, T> form) {
        try {
            return form.apply(reply);
        } catch (RuntimeException e) {
            if (!operation.mayChange()) {
                throw e;
            }
            throw new Unanswered(new StrandlineException.Unknown("the reply of " + operation + " cannot be shown", e));
        }
    }
}
