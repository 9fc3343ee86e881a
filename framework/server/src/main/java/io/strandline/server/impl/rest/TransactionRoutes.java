package io.strandline.server.impl.rest;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;

import io.strandline.TransactionOptions;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.server.impl.http.Answer;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Transactions: events of several streams that become visible together. */
final class TransactionRoutes {

    private static final String TAG = "Transactions";
    private static final String ALL = "/v1/transactions";
    private static final String ONE = ALL + "/{transaction}";
    private static final String STREAM = ONE + "/scopes/{scope}/streams/{stream}";
    private static final int RANDOM_ID_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Calls calls;
    private final Rendering rendering;

    TransactionRoutes(Calls calls, Rendering rendering) {
        this.calls = calls;
        this.rendering = rendering.of(TAG);
    }

    List<Route> all() {
        return List.of(
                rendering.route(GET, ALL, "The transactions that are not finished", 200, Operations.UNFINISHED),
                begin(),
                rendering.route(GET, ONE, "What became of a transaction", 200, Operations.STATUS),
                rendering
                        .route(
                                POST,
                                STREAM + "/events",
                                "Adds events of one stream, durably and not yet visible",
                                204,
                                Operations.WRITE_EVENTS)
                        .says(
                                "Requests of a transaction are numbered from 0 without gaps. A repeat with the same number"
                                        + " changes nothing."),
                rendering.route(POST, ONE + "/ping", "Keeps a transaction open", 204, Operations.PING),
                rendering.route(POST, ONE + "/commit", "Makes all events visible", 200, Operations.COMMIT),
                rendering.route(POST, ONE + "/abort", "Discards all events", 200, Operations.ABORT),
                rendering.route(
                        GET,
                        "/v1/parts-set-aside",
                        "Parts of committed transactions that a stream refuses",
                        200,
                        Operations.PARTS_SET_ASIDE),
                rendering.route(DELETE, STREAM, "Gives up a part that was set aside", 204, Operations.DROP_PART));
    }

    private Route begin() {
        return Route.of(POST, ALL, "begin", TAG, "Begins a transaction")
                .mayTake(Schemas.options(Map.of(
                        "transaction", Schemas.text(),
                        "leaseMillis",
                                Schemas.whole(
                                        TransactionOptions.MIN_LEASE_MILLIS,
                                        TransactionOptions.MAX_LEASE_MILLIS,
                                        TransactionOptions.DEFAULT_LEASE_MILLIS))))
                .gives(201, "The transaction is open", Schemas.object(Map.of("transaction", Schemas.text())))
                .fails(409)
                .does(exchange -> JsonBody.object(exchange, false).compose(body -> {
                    Fields.requireKnown(body, List.of("transaction", "leaseMillis"));
                    String given = Fields.textOrNull(body, "transaction");
                    String id = given == null ? randomId() : given;
                    new TransactionOptions().setId(id).validate();
                    long lease = Fields.whole(
                            body,
                            "leaseMillis",
                            TransactionOptions.DEFAULT_LEASE_MILLIS,
                            TransactionOptions.MIN_LEASE_MILLIS,
                            TransactionOptions.MAX_LEASE_MILLIS);
                    return calls.call(exchange, Operations.BEGIN, new Requests.Begin(id, lease))
                            .map(begun -> Answer.json(201, new JsonObject().put("transaction", id)));
                }));
    }

    private static String randomId() {
        byte[] bytes = new byte[RANDOM_ID_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
