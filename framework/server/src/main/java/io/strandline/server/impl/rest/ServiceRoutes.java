package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.GET;

import io.strandline.StrandlineException;
import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.Nothing;
import io.strandline.server.impl.http.Answer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** How the server is: health, metrics, and the OpenAPI document. */
final class ServiceRoutes {

    static final String DOCUMENT = "/v1/openapi.json";
    private static final String TAG = "Service";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final long READY_MILLIS = 2_000;

    private final Calls calls;
    private final Supplier<Buffer> document;

    /** @param document gives the OpenAPI document, once all routes are known */
    ServiceRoutes(Calls calls, Supplier<Buffer> document) {
        this.calls = calls;
        this.document = document;
    }

    List<Route> all() {
        return List.of(live(), ready(), metrics(), document());
    }

    private static JsonObject schema() {
        return Schemas.object(Map.of("status", Schemas.oneOf("up")));
    }

    private static Answer up() {
        return Answer.ok(new JsonObject().put("status", "up"));
    }

    private static Route live() {
        return Route.of(GET, "/v1/health/live", "isLive", TAG, "Whether the process answers")
                .gives(200, "It does", schema())
                .toEverybody()
                .does(exchange -> Future.succeededFuture(up()));
    }

    private Route ready() {
        return Route.of(GET, "/v1/health/ready", "isReady", TAG, "Whether the log answers")
                .gives(200, "It does", schema())
                .fails(503)
                .toEverybody()
                .does(exchange -> calls.dispatch()
                        .served()
                        .log()
                        .catalog()
                        .scopes()
                        .timeout(READY_MILLIS, TimeUnit.MILLISECONDS)
                        .map(scopes -> up())
                        // Who is not authenticated gets no reason.
                        .recover(failure ->
                                Future.failedFuture(new StrandlineException.Unavailable("the log does not answer"))));
    }

    private Route metrics() {
        return Route.of(GET, "/v1/metrics", "metrics", TAG, "The metrics of the process, for Prometheus")
                .gives(200, "The metrics", "text/plain", Schemas.text())
                .fails(404)
                .does(exchange -> calls.call(exchange, ExposedOperations.METRICS, Nothing.NOTHING)
                        .map(text -> Answer.text(PROMETHEUS, text)));
    }

    private Route document() {
        return Route.of(GET, DOCUMENT, "openApi", TAG, "This document")
                .gives(200, "The document", new JsonObject().put("type", "object"))
                .toEverybody()
                .does(exchange -> Future.succeededFuture(
                        new Answer(200, Answer.JSON, document.get().copy(), Map.of())));
    }
}
