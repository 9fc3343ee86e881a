package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.GET;

import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.Nothing;
import io.strandline.server.impl.http.Answer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** How the server is: health, metrics, and the OpenAPI document. */
final class ServiceRoutes {

    static final String DOCUMENT = "/v1/openapi.json";
    private static final String TAG = "Service";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final Calls calls;
    private final Supplier<Buffer> document;

    /** @param document gives the OpenAPI document, once all routes are known */
    ServiceRoutes(Calls calls, Supplier<Buffer> document) {
        this.calls = calls;
        this.document = document;
    }

    List<Route> all() {
        return List.of(live(), ready(), health(), metrics(), document());
    }

    private static Route live() {
        return Route.of(GET, "/v1/health/live", "isLive", TAG, "Whether the process answers")
                .gives(200, "It does", Schemas.object(Map.of("status", Schemas.oneOf("up"))))
                .toEverybody()
                .does(exchange -> Future.succeededFuture(Answer.ok(new JsonObject().put("status", "up"))));
    }

    private Route ready() {
        return Route.of(GET, "/v1/health/ready", "isReady", TAG, "Whether every shard serves reads at least")
                .says("A full disk leaves it ready, because reads, and what frees room, come here too.")
                .gives(200, "It does", Health.schema())
                .fails(503)
                .toEverybody()
                .does(exchange -> Health.of(calls.dispatch().port(), exchange).map(Health::readiness));
    }

    private Route health() {
        return Route.of(GET, "/v1/health", "health", TAG, "Whether every shard serves, and the disk has room")
                .says("Otherwise the problem has the same checks.")
                .gives(200, "It does", Health.schema())
                .fails(503)
                .toEverybody()
                .does(exchange -> Health.of(calls.dispatch().port(), exchange).map(Health::whole));
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
