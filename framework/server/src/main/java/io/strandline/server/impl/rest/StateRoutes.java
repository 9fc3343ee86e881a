package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.PUT;

import io.strandline.StrandlineException;
import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.ExposedRequests.ForgetState;
import io.strandline.client.operation.ExposedRequests.Revision;
import io.strandline.client.operation.ExposedRequests.RevisionedState;
import io.strandline.client.operation.ExposedRequests.SetState;
import io.strandline.client.operation.ExposedRequests.State;
import io.strandline.client.operation.Operation;
import io.strandline.server.impl.http.Answer;
import io.strandline.server.impl.http.Problem;
import io.strandline.server.impl.http.Refusal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Shared states that are exposed. The entity tag of a state is its revision. */
final class StateRoutes {

    private static final String TAG = "Shared states";
    private static final String ONE = "/v1/states/{scope}/{state}";
    private static final Pattern ENTITY_TAG = Pattern.compile("\"(\\d{1,18})\"");

    private final Calls calls;
    private final Rendering rendering;

    StateRoutes(Calls calls, Rendering rendering) {
        this.calls = calls;
        this.rendering = rendering.of(TAG);
    }

    List<Route> all() {
        return List.of(
                rendering.route(GET, "/v1/states", "The states that are exposed", 200, ExposedOperations.STATES),
                read(),
                set(),
                forget());
    }

    private static String name(RoutedExchange exchange) {
        return exchange.path("scope") + "/" + exchange.path("state");
    }

    private static String tag(long revision) {
        return "\"" + revision + "\"";
    }

    /** The revision that the state must have. */
    private static long expected(RoutedExchange exchange) {
        String match = exchange.header("If-Match");
        if (match == null) {
            throw new Refusal(
                    Problem.preconditionRequired("If-Match must be the revision in quotes, such as \"7\", or \"0\""));
        }
        Matcher matcher = ENTITY_TAG.matcher(match);
        if (!matcher.matches()) {
            throw Refusal.of("If-Match", match, "the revision in quotes, such as \"7\"");
        }
        return Long.parseLong(matcher.group(1));
    }

    private Route read() {
        return Route.of(GET, ONE, "readState", TAG, "The newest state, and its revision")
                .gives(200, "The state", ExposedOperations.READ_STATE.reply().schema())
                .withHeader("ETag", "the revision, for If-Match")
                .fails(404)
                .does(exchange -> calls.call(exchange, ExposedOperations.READ_STATE, new State(name(exchange)))
                        .map(StateRoutes::shown));
    }

    private static Answer shown(RevisionedState state) {
        return Answer.ok(Calls.json(ExposedOperations.READ_STATE, state)).with("ETag", tag(state.revision()));
    }

    private Route set() {
        JsonObject value = ExposedOperations.SET_STATE
                .request()
                .schema()
                .getJsonObject("properties")
                .getJsonObject("value");
        return changing(
                        Route.of(PUT, ONE, "compareAndSetState", TAG, "Replaces a state that has the expected revision")
                                .takes(value),
                        ExposedOperations.SET_STATE)
                .does(exchange -> JsonBody.object(exchange, true).compose(body -> {
                    SetState request = ExposedOperations.SET_STATE
                            .request()
                            .fromJson(
                                    "",
                                    new JsonObject()
                                            .put("state", name(exchange))
                                            .put("revision", expected(exchange))
                                            .put("value", body));
                    return changed(exchange, ExposedOperations.SET_STATE, request)
                            .map(made -> Answer.ok(new JsonObject().put("revision", made))
                                    .with("ETag", tag(made)));
                }));
    }

    private Route forget() {
        return changing(
                        Route.of(
                                DELETE,
                                ONE,
                                "compareAndDeleteState",
                                TAG,
                                "Goes back to the initial state, if the state has the expected revision"),
                        ExposedOperations.FORGET_STATE)
                .does(exchange -> changed(
                                exchange,
                                ExposedOperations.FORGET_STATE,
                                new ForgetState(name(exchange), expected(exchange)))
                        .map(made -> Answer.ok(new JsonObject().put("revision", made))
                                .with("ETag", tag(made))));
    }

    private static Route changing(Route route, Operation<?, ?> operation) {
        return route.header(
                        "If-Match",
                        Schemas.text(),
                        "the revision that the state must have, in quotes. 0 for one that nobody wrote")
                .gives(200, "The revision that was made", operation.reply().schema())
                .withHeader("ETag", "the revision, for the next If-Match")
                .fails(404, 412, 428);
    }

    /** The revision that was made. A conflict is answered with the state. */
    private <Q> Future<Long> changed(RoutedExchange exchange, Operation<Q, Revision> operation, Q request) {
        return calls.call(exchange, operation, request)
                .map(made -> made.revision())
                .recover(failure -> failure instanceof StrandlineException.Conflict
                        ? conflicted(exchange, failure)
                        : Future.failedFuture(failure));
    }

    private Future<Long> conflicted(RoutedExchange exchange, Throwable failure) {
        Problem problem = Problem.of(failure, "a change of a state").withStatus(412);
        return calls.call(exchange, ExposedOperations.READ_STATE, new State(name(exchange)))
                .transform((state, unread) -> Future.failedFuture(new Refusal(
                        state == null
                                ? problem
                                : problem.with("stored", Calls.json(ExposedOperations.READ_STATE, state)))));
    }
}
