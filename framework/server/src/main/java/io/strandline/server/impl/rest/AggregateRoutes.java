package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;

import io.strandline.client.operation.ExposedOperations;
import java.util.List;

/** Aggregates that are exposed. */
final class AggregateRoutes {

    private static final String TAG = "Aggregates";
    private static final String ALL = "/v1/aggregates";
    private static final String ONE = ALL + "/{aggregate}/{id}";

    private final Rendering rendering;

    AggregateRoutes(Rendering rendering) {
        this.rendering = rendering.of(TAG);
    }

    List<Route> all() {
        return List.of(
                rendering.route(
                        GET, ALL, "The kinds of aggregates that are exposed", 200, ExposedOperations.AGGREGATES),
                rendering
                        .route(POST, ONE + "/commands", "Decides a command", 200, ExposedOperations.COMMAND)
                        .says(
                                "The answer comes when the events are durable. A command that the domain rejects is answered with its"
                                        + " reason. A command with a commandId is executed once, so it may be sent again."),
                rendering
                        .route(GET, ONE, "The state of an aggregate", 200, ExposedOperations.AGGREGATE_STATE)
                        .says("The newest one, or that at a version."),
                rendering.route(
                        GET, ONE + "/events", "The events of an aggregate", 200, ExposedOperations.AGGREGATE_HISTORY));
    }
}
