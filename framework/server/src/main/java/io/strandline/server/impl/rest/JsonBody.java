package io.strandline.server.impl.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.strandline.server.impl.http.Refusal;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Bodies of requests in JSON. */
final class JsonBody {

    private JsonBody() {}

    /** The body as an object. A body of no bytes is an empty one, if the route says that it may be missing. */
    static Future<JsonObject> object(RoutedExchange exchange, boolean isRequired) {
        return exchange.body().whole().map(bytes -> {
            if (bytes.length() == 0) {
                if (isRequired) {
                    throw Refusal.of("body", "the body is missing");
                }
                return new JsonObject();
            }
            if (parsed(bytes) instanceof JsonObject object) {
                return object;
            }
            throw Refusal.of("body", "the body must be a JSON object");
        });
    }

    /** Any JSON, null for null. */
    static @Nullable Object parsed(Buffer bytes) {
        try {
            return Json.decodeValue(bytes);
        } catch (DecodeException e) {
            String why = e.getCause() instanceof JsonProcessingException known ? ": " + known.getOriginalMessage() : "";
            throw Refusal.of("body", "the body is no JSON" + why);
        }
    }
}
