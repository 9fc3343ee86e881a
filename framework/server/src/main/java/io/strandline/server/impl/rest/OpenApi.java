package io.strandline.server.impl.rest;

import io.strandline.server.impl.http.Problem;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The OpenAPI 3.1 document of routes. */
final class OpenApi {

    private static final String VERSION = "3.1.0";

    /** Version of the paths and forms, which changes with the first part of every path. */
    private static final String API_VERSION = "1";

    private OpenApi() {}

    static JsonObject of(List<Route> routes) {
        JsonObject paths = new JsonObject();
        for (Route route : routes) {
            JsonObject path = paths.getJsonObject(route.path());
            if (path == null) {
                path = new JsonObject();
                paths.put(route.path(), path);
            }
            path.put(route.method().name().toLowerCase(Locale.ROOT), route.toJson());
        }
        return new JsonObject()
                .put("openapi", VERSION)
                .put(
                        "info",
                        new JsonObject()
                                .put("title", "Strandline")
                                .put("version", API_VERSION)
                                .put(
                                        "description",
                                        "An event log: scopes, streams, events, transactions, and the reader groups, pipelines,"
                                                + " aggregates and shared states that are exposed beside them."))
                .put("paths", paths)
                .put("security", security())
                .put("components", components());
    }

    /** None, or one of them: a server without security asks for nothing. */
    private static JsonArray security() {
        return new JsonArray()
                .add(new JsonObject())
                .add(new JsonObject().put("basic", new JsonArray()))
                .add(new JsonObject().put("bearer", new JsonArray()));
    }

    private static JsonObject components() {
        return new JsonObject()
                .put("schemas", new JsonObject().put("Problem", problem()))
                .put(
                        "responses",
                        new JsonObject()
                                .put(
                                        "Problem",
                                        new JsonObject()
                                                .put("description", "A problem document of RFC 9457")
                                                .put(
                                                        "content",
                                                        new JsonObject()
                                                                .put(
                                                                        Problem.MEDIA_TYPE,
                                                                        new JsonObject()
                                                                                .put(
                                                                                        "schema",
                                                                                        Schemas.ref("Problem"))))))
                .put(
                        "securitySchemes",
                        new JsonObject()
                                .put(
                                        "basic",
                                        new JsonObject().put("type", "http").put("scheme", "basic"))
                                .put(
                                        "bearer",
                                        new JsonObject().put("type", "http").put("scheme", "bearer")));
    }

    private static JsonObject problem() {
        JsonObject schema = Schemas.object(Map.of(
                "type", Schemas.text(),
                "title", Schemas.text(),
                "status", Schemas.whole(400).put("maximum", 599),
                "detail", Schemas.text(),
                "code", Schemas.text(),
                "retryable", Schemas.flag(),
                "happened",
                        Schemas.oneOf("no", "yes", "unknown")
                                .put(
                                        "description",
                                        "no: nothing was done. yes: it was done, and its answer is missing. unknown: it may have"
                                                + " been done, or a part of it")));
        schema.getJsonObject("properties").put("field", Schemas.text());
        return schema;
    }
}
