package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;

import io.strandline.StrandlineException;
import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.ExposedRequests;
import io.strandline.server.impl.http.Answer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** Reader groups that are exposed or keep their state in the log, at the paths of Pravega's controller. */
final class GroupRoutes {

    private static final String TAG = "Reader groups";
    private static final String ALL = ScopeRoutes.SCOPE + "/readergroups";
    private static final String ONE = ALL + "/{group}";

    private final Calls calls;
    private final Rendering rendering;

    GroupRoutes(Calls calls, Rendering rendering) {
        this.calls = calls;
        this.rendering = rendering.of(TAG);
    }

    List<Route> all() {
        return List.of(
                list(),
                rendering.route(
                        GET,
                        ONE,
                        "The streams, readers, positions and options of a group",
                        200,
                        ExposedOperations.DESCRIBE_GROUP),
                rendering.route(
                        GET,
                        ONE + "/lag",
                        "How far a group lags behind, in events and in milliseconds",
                        200,
                        ExposedOperations.GROUP_LAG),
                rendering.route(
                        GET,
                        ONE + "/checkpoints",
                        "The checkpoints of a group",
                        200,
                        ExposedOperations.GROUP_CHECKPOINTS),
                rendering.route(
                        POST,
                        ONE + "/checkpoints",
                        "Takes a checkpoint, and answers when it is durable",
                        201,
                        ExposedOperations.CHECKPOINT_GROUP),
                dropCheckpoint(),
                rendering
                        .route(
                                POST,
                                ONE + "/reset",
                                "Has a group go on elsewhere",
                                200,
                                ExposedOperations.RESET_GROUP,
                                "dryRun")
                        .says(
                                "At a checkpoint, at cuts, or at a position: one of the three. With dryRun=true nothing is changed,"
                                        + " and the answer says what would be."),
                rendering.route(
                        GET, ONE + "/parked", "The events that were put aside", 200, ExposedOperations.GROUP_PARKED),
                rendering
                        .route(
                                POST,
                                ONE + "/parked/replay",
                                "Appends parked events to their streams once more",
                                200,
                                ExposedOperations.REPLAY_GROUP)
                        .says("One after the other, in the order of parking. At the first failure the replay stops."),
                rendering.route(
                        POST, ONE + "/parked/drop", "Forgets parked events", 200, ExposedOperations.DROP_GROUP_PARKED));
    }

    private Route list() {
        JsonObject group = Schemas.object(Map.of("readerGroupName", Schemas.text()));
        return Route.of(GET, ALL, "listReaderGroups", TAG, "The groups of a scope")
                .says("Those that are exposed, and those that keep their state in the log, wherever their readers run.")
                .gives(200, "The groups", Schemas.object(Map.of("readerGroups", Schemas.listOf(group))))
                .does(exchange -> {
                    String scope = exchange.path("scope");
                    return calls.groups(exchange, scope).map(names -> {
                        JsonArray groups = new JsonArray();
                        names.forEach(name -> groups.add(
                                new JsonObject().put("readerGroupName", name.substring(scope.length() + 1))));
                        return Answer.ok(new JsonObject().put("readerGroups", groups));
                    });
                });
    }

    private Route dropCheckpoint() {
        return Route.of(
                        DELETE,
                        ONE + "/checkpoints/{checkpoint}",
                        "dropGroupCheckpoint",
                        TAG,
                        "Forgets a checkpoint, or gives it up")
                .givesNothing("It is forgotten")
                .fails(404)
                .does(exchange -> {
                    String group = exchange.path("scope") + "/" + exchange.path("group");
                    String name = exchange.path("checkpoint");
                    return calls.call(
                                    exchange,
                                    ExposedOperations.DROP_GROUP_CHECKPOINT,
                                    new ExposedRequests.GroupCheckpointName(group, name))
                            .compose(dropped -> dropped
                                    ? Future.succeededFuture(Answer.noContent())
                                    : Future.failedFuture(new StrandlineException.NotFound(
                                            "group " + group + " has no checkpoint " + name)));
                });
    }
}
