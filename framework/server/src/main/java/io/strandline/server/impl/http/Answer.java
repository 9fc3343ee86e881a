package io.strandline.server.impl.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole response.
 *
 * @param mediaType of the body
 * @param body null for a response without one
 * @param headers further headers
 */
public record Answer(int status, String mediaType, @Nullable Buffer body, Map<String, String> headers) {

    public static final String JSON = "application/json";

    /** The response has been written by the route. */
    public static final Answer SENT = new Answer(0, "", null, Map.of());

    private static final Answer NO_CONTENT = new Answer(204, "", null, Map.of());

    public static Answer json(int status, JsonObject body) {
        return new Answer(status, JSON, body.toBuffer(), Map.of());
    }

    public static Answer ok(JsonObject body) {
        return json(200, body);
    }

    public static Answer text(String mediaType, String body) {
        return new Answer(200, mediaType, Buffer.buffer(body), Map.of());
    }

    public static Answer noContent() {
        return NO_CONTENT;
    }

    public static Answer problem(Problem problem) {
        Answer answer = new Answer(
                problem.status(), Problem.MEDIA_TYPE, problem.toJson().toBuffer(), Map.of());
        if (problem.status() == 401) {
            answer = answer.with("WWW-Authenticate", "Basic realm=\"strandline\", charset=\"UTF-8\", Bearer");
        }
        long seconds = problem.retryAfterSeconds();
        return seconds > 0 ? answer.with("Retry-After", Long.toString(seconds)) : answer;
    }

    /** True if the route has written the response. */
    boolean isSent() {
        return status == 0;
    }

    /** The same with one header more. */
    public Answer with(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return new Answer(status, mediaType, body, Collections.unmodifiableMap(all));
    }
}
