package io.strandline.command.setting;

import io.strandline.StrandlineException;
import io.strandline.client.wire.FailureJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a call of a REST interface has failed with, out of the problem document of the answer (RFC 9457), or out of its status. */
final class RestFailures {

    private static final Set<String> KINDS = kinds();

    private RestFailures() {}

    private static Set<String> kinds() {
        Set<String> kinds = new TreeSet<>();
        FailureJson.schema()
                .getJsonObject("properties")
                .getJsonObject("code")
                .getJsonArray("enum")
                .forEach(kind -> kinds.add(String.valueOf(kind)));
        return kinds;
    }

    /**
     * An answer that is no success.
     *
     * @param mayHaveChanged true if the call may have changed something
     */
    static StrandlineException of(int status, Buffer body, boolean mayHaveChanged) {
        JsonObject problem = problem(body);
        if (problem == null) {
            // A proxy, or no server of Strandline. Its text may hold anything, so it is not shown.
            return failure(kind(status, mayHaveChanged), "the answer has the status " + status);
        }
        String detail = problem.getValue("detail") instanceof String text ? text : "status " + status;
        if ("yes".equals(problem.getValue("happened"))) {
            return failure("unknown", "it was done, and its answer is missing: " + detail);
        }
        boolean isCertain = !mayHaveChanged || "no".equals(problem.getValue("happened"));
        String code = String.valueOf(problem.getValue("code"));
        return failure(isCertain ? KINDS.contains(code) ? code : kind(status, false) : "unknown", detail);
    }

    private static @Nullable JsonObject problem(Buffer body) {
        try {
            JsonObject json = new JsonObject(body);
            return json.getValue("code") instanceof String ? json : null;
        } catch (DecodeException | ClassCastException e) {
            return null;
        }
    }

    private static String kind(int status, boolean mayHaveChanged) {
        return switch (status) {
            case 401, 403 -> "unauthorized";
            case 404 -> "not_found";
            case 408, 421, 429, 503 -> "unavailable";
            default -> status / 100 == 5 ? mayHaveChanged ? "unknown" : "unavailable" : "invalid";
        };
    }

    /** Control characters of the text are spaces then. */
    private static StrandlineException failure(String kind, String text) {
        return FailureJson.read(new JsonObject().put("code", kind).put("message", text));
    }

    /** No answer came. */
    static StrandlineException lost(Throwable cause, URI server, boolean mayHaveChanged) {
        if (cause instanceof StrandlineException known) {
            return known;
        }
        return failure(
                mayHaveChanged ? "unknown" : "unavailable",
                "no answer of " + server.getAuthority() + ": " + cause.getMessage());
    }
}
