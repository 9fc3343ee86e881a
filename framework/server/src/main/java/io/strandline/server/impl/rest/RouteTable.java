package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;

import io.strandline.client.operation.Operations;
import io.strandline.server.RestOptions;
import io.strandline.server.impl.http.Room;
import io.strandline.server.impl.operation.Dispatch;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** Every route of the server. */
final class RouteTable {

    private final List<Route> all = new ArrayList<>();
    private final Buffer document;

    /**
     * Makes the routes.
     *
     * @param openStreams room for requests and responses that stay open
     */
    RouteTable(Dispatch dispatch, RestOptions options, Room openStreams) {
        Calls calls = new Calls(dispatch);
        Rendering rendering = new Rendering(calls, "Log");
        all.add(rendering.route(
                GET, "/v1/log", "Which log this is, and what it was restored from", 200, Operations.IDENTITY));
        all.addAll(new ScopeRoutes(calls, rendering).all());
        all.addAll(new StreamRoutes(calls, rendering).all());
        all.add(new AppendRoute(calls, openStreams).route());
        all.add(new ReadRoute(calls, openStreams, options).route());
        all.add(rendering
                .of("Events")
                .route(
                        POST,
                        StreamRoutes.STREAM + "/batches",
                        "Appends events of one key, together or not at all",
                        200,
                        Operations.APPEND_BATCH));
        all.add(rendering
                .of("Events")
                .route(
                        GET,
                        StreamRoutes.STREAM + "/keys/{key}/events",
                        "The events of one key, in order of their offsets or backward",
                        200,
                        Operations.KEY_HISTORY));
        all.addAll(new TransactionRoutes(calls, rendering).all());
        all.addAll(new GroupRoutes(calls, rendering).all());
        all.addAll(new PipelineRoutes(calls, rendering).all());
        all.addAll(new AggregateRoutes(rendering).all());
        all.addAll(new StateRoutes(calls, rendering).all());
        all.addAll(new ServiceRoutes(calls, this::document).all());
        document = OpenApi.of(all).toBuffer();
    }

    List<Route> all() {
        return List.copyOf(all);
    }

    /** The OpenAPI document. */
    Buffer document() {
        return document;
    }
}
