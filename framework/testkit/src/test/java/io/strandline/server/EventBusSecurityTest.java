package io.strandline.server;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import io.strandline.log.MemoryEngine;
import io.strandline.server.security.Authenticator;
import io.strandline.server.security.Authorization;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callers on the event bus: who they are, and what they may do. */
class EventBusSecurityTest {

    private static final String STREAM = "shop/orders";
    private static final long RECHECK_MILLIS = 50;

    private final Vertx vertx = Vertx.vertx();
    private final Strandline log =
            get(Strandline.open(vertx, "memory:", MemoryEngine.options().setShards(2)));
    private final Context context = newContext(vertx);
    private final Map<String, Right> rights =
            new ConcurrentHashMap<>(Map.of("reader", Right.READ, "writer", Right.READ_UPDATE));
    private final AtomicInteger asked = new AtomicInteger();
    private final List<Promise<Void>> held = new CopyOnWriteArrayList<>();
    private volatile boolean isHeld;
    private final EventBusServer server;

    EventBusSecurityTest() {
        get(log.catalog().createStream(STREAM, new StreamOptions().setCreateScope(true)));
        Security security = Security.of(
                (Authenticator) this::authenticate,
                (Authorization) this::may,
                new SecurityOptions().setAudit(false).setRecheckMillis(RECHECK_MILLIS));
        server = get(EventBusServer.serve(
                vertx, ServedLog.of("shop", log).secured(security), new EventBusOptions().setMaxSubscriptionsOfOne(2)));
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private Future<Identity> authenticate(Credentials credentials) {
        asked.incrementAndGet();
        assertThat(credentials.door()).isEqualTo(Door.EVENT_BUS);
        String text = credentials.authorization().orElse("");
        if (!text.startsWith("Bearer ")) {
            return Future.failedFuture(new StrandlineException.Unauthorized("no"));
        }
        Identity who = Identity.of(text.substring("Bearer ".length()), Set.of());
        if (!isHeld) {
            return Future.succeededFuture(who);
        }
        Promise<Void> answer = Promise.promise();
        held.add(answer);
        return answer.future().map(who);
    }

    private Future<Boolean> may(Identity who, Right needed, Resource resource) {
        Right right = rights.get(who.name());
        return Future.succeededFuture(right != null && right.compareTo(needed) >= 0);
    }

    private Future<JsonObject> begin(@Nullable String who, String operation, JsonObject request) {
        DeliveryOptions options = new DeliveryOptions();
        if (who != null) {
            options.addHeader("Authorization", who);
        }
        return start(context, () -> vertx.eventBus().<JsonObject>request(server.address(operation), request, options))
                .map(reply -> reply.body());
    }

    private static String codeOf(Future<JsonObject> call) {
        return new JsonObject(String.valueOf(failure(call).getMessage())).getString("code");
    }

    private static JsonObject ofStream() {
        return new JsonObject().put("stream", STREAM);
    }

    private static JsonObject append(int event) {
        return ofStream()
                .put(
                        "events",
                        new JsonArray().add(new JsonObject().put("key", "k").put("event", event)));
    }

    /** Not even that a request is malformed. */
    @Test
    void nothing_is_answered_to_who_shows_no_valid_credentials() {
        for (Operation<?, ?> operation : Operations.ALL) {
            if (operation.doors().contains(Door.EVENT_BUS)) {
                assertThat(codeOf(begin(null, operation.name(), new JsonObject().put("unknown", 1))))
                        .isEqualTo("unauthorized");
            }
        }
        assertThat(codeOf(begin("Basic wrong", "scopes", new JsonObject()))).isEqualTo("unauthorized");
        assertThat(codeOf(begin("Bearer " + "x".repeat(20_000), "scopes", new JsonObject())))
                .isEqualTo("unauthorized");
    }

    @Test
    void a_right_is_needed() {
        assertThat(codeOf(begin("Bearer reader", "appendEvents", append(1)))).isEqualTo("unauthorized");
        get(begin("Bearer writer", "appendEvents", append(1)));
        assertThat(get(begin("Bearer reader", "readEvents", ofStream())).getJsonArray("events"))
                .hasSize(1);
        assertThat(codeOf(begin("Bearer writer", "deleteStream", ofStream()))).isEqualTo("unauthorized");
        assertThat(codeOf(begin("Bearer stranger", "readEvents", ofStream()))).isEqualTo("unauthorized");
    }

    @Test
    void valid_credentials_are_asked_for_once_and_requests_wait_in_their_order() {
        isHeld = true;
        List<Future<JsonObject>> appends = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            appends.add(begin("Bearer writer", "appendEvents", append(i)));
        }
        until(vertx, "the question", () -> !held.isEmpty());
        held.forEach(Promise::complete);
        appends.forEach(call -> get(call));
        assertThat(asked).hasValue(1);
        JsonArray events = get(begin("Bearer writer", "readEvents", ofStream())).getJsonArray("events");
        assertThat(events.stream().map(event -> ((JsonObject) event).getInteger("event")))
                .containsExactlyElementsOf(IntStream.range(0, 50).boxed().toList());
    }

    @Test
    void a_subscription_is_of_its_caller_and_ends_with_its_right() {
        List<JsonObject> messages = new CopyOnWriteArrayList<>();
        String address = server.address("to.reader");
        get(vertx.eventBus()
                .<JsonObject>consumer(address, message -> messages.add(message.body()))
                .completion());
        JsonObject request = ofStream().put("address", address).put("events", 9).put("bytes", 9_000);
        assertThat(codeOf(begin("Bearer stranger", "subscribe", request))).isEqualTo("unauthorized");
        String id = get(begin("Bearer reader", "subscribe", request)).getString("subscription");
        JsonObject mine = ofStream().put("subscription", id);
        assertThat(codeOf(begin("Bearer writer", "cancel", mine))).isEqualTo("not_found");
        get(begin("Bearer reader", "credit", mine));
        get(begin("Bearer reader", "subscribe", request));
        assertThat(codeOf(begin("Bearer reader", "subscribe", request))).isEqualTo("overloaded");
        get(begin("Bearer writer", "subscribe", request));
        rights.remove("reader");
        until(vertx, "the end of those of the reader", () -> server.subscriptions() == 1);
        until(vertx, "what says so", () -> messages.stream().anyMatch(message -> message.containsKey("end")));
        assertThat(messages).anyMatch(message -> message.getJsonObject("failure", new JsonObject())
                .getString("code", "")
                .equals("unauthorized"));
    }
}
