package io.strandline.samples.bank;

import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Outcome;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.handler.HttpException;

/** A failure as clients see it: a problem document by RFC 9457. */
final class Problem extends RuntimeException {

    static final String TYPE = "application/problem+json";

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String title;
    private final boolean mayRepeat;

    /** @param mayRepeat true if the same request with the same Idempotency-Key may succeed later */
    private Problem(int status, String title, String detail, boolean mayRepeat) {
        super(detail, null, false, false);
        this.status = status;
        this.title = title;
        this.mayRepeat = mayRepeat;
    }

    static Problem rejected(Outcome.Rejected<Account> rejected) {
        return new Problem(409, "Rejected", String.valueOf(rejected.reason()), false);
    }

    static Problem notFound(String what) {
        return new Problem(404, "Not found", what + " does not exist", false);
    }

    static Problem invalid(String detail) {
        return new Problem(400, "The request is wrong", detail, false);
    }

    static Problem of(Throwable failure) {
        String detail = String.valueOf(failure.getMessage());
        if (failure instanceof Problem known) {
            return known;
        }
        if (failure instanceof StrandlineException.Invalid) {
            return invalid(detail);
        }
        if (failure instanceof StrandlineException.Overloaded) {
            return new Problem(429, "Too much at once", detail, true);
        }
        if (failure instanceof StrandlineException.Unknown) {
            return new Problem(503, "It is not known whether it was done", detail, true);
        }
        if (failure instanceof StrandlineException known) {
            return new Problem(503, "Not available now", detail, known.isTransient());
        }
        if (failure instanceof HttpException known) {
            return new Problem(known.getStatusCode(), "The request is wrong", detail, false);
        }
        return new Problem(500, "The bank failed", detail, true);
    }

    int status() {
        return status;
    }

    boolean mayRepeat() {
        return mayRepeat;
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("type", "about:blank")
                .put("title", title)
                .put("status", status)
                .put("detail", getMessage())
                .put("mayRepeat", mayRepeat);
    }
}
