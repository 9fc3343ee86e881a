package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operations;
import io.strandline.server.impl.http.Answer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** Scopes, with the paths and names that Pravega's controller has. */
final class ScopeRoutes {

    static final String TAG = "Scopes";
    static final String SCOPE = "/v1/scopes/{scope}";

    private final Calls calls;
    private final Rendering rendering;

    ScopeRoutes(Calls calls, Rendering rendering) {
        this.calls = calls;
        this.rendering = rendering.of(TAG);
    }

    List<Route> all() {
        return List.of(list(), create(), get(), delete());
    }

    private static JsonObject schema() {
        return Schemas.object(Map.of("scopeName", Schemas.text()));
    }

    private static JsonObject named(String scope) {
        return new JsonObject().put("scopeName", scope);
    }

    private Route list() {
        return Route.of(GET, "/v1/scopes", "listScopes", TAG, "All scopes, in ascending order")
                .gives(200, "The scopes", Schemas.object(Map.of("scopes", Schemas.listOf(schema()))))
                .does(exchange -> calls.call(exchange, Operations.SCOPES, Nothing.NOTHING)
                        .map(scopes -> {
                            JsonArray all = new JsonArray();
                            scopes.forEach(scope -> all.add(named(scope)));
                            return Answer.ok(new JsonObject().put("scopes", all));
                        }));
    }

    private Route create() {
        return Route.of(POST, "/v1/scopes", "createScope", TAG, "Creates a scope")
                .takes(schema())
                .gives(201, "The scope was created", schema())
                .fails(409)
                .does(exchange -> JsonBody.object(exchange, true).compose(body -> {
                    String scope = Fields.text(body, "scopeName");
                    Fields.requireKnown(body, List.of("scopeName"));
                    return calls.call(exchange, Operations.CREATE_SCOPE, scope)
                            .compose(created -> created
                                    ? Future.succeededFuture(Answer.json(201, named(scope)))
                                    : Future.failedFuture(
                                            new StrandlineException.Conflict("scope " + scope + " exists")));
                }));
    }

    private Route get() {
        return Route.of(GET, SCOPE, "getScope", TAG, "Whether a scope exists")
                .gives(200, "The scope", schema())
                .fails(404)
                .does(exchange -> calls.call(exchange, Operations.STREAMS, exchange.path("scope"))
                        .map(streams -> Answer.ok(named(exchange.path("scope")))));
    }

    private Route delete() {
        return rendering
                .route(DELETE, SCOPE, "Deletes an empty scope", 204, Operations.DELETE_SCOPE)
                .says("A scope that holds streams is refused with 412.")
                .conflictIs(412);
    }
}
