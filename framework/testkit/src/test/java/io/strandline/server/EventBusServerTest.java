package io.strandline.server;

import static io.strandline.log.Applications.atSomePace;
import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.wire.ErrorCode;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.WireOutput;
import io.strandline.log.MemoryEngine;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A log over the event bus, for a verticle that embeds nothing. */
class EventBusServerTest {

    private static final String STREAM = "shop/orders";

    private final Vertx vertx = Vertx.vertx();
    private final Strandline log =
            get(Strandline.open(vertx, "memory:", MemoryEngine.options().setShards(2)));
    private final Context context = newContext(vertx);
    private EventBusServer server = serve(new EventBusOptions());

    EventBusServerTest() {
        get(log.catalog()
                .createStream(STREAM, new StreamOptions().setPartitions(2).setCreateScope(true)));
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private EventBusServer serve(EventBusOptions options) {
        return get(EventBusServer.serve(vertx, ServedLog.of("shop", log), options));
    }

    private void serveAgain(EventBusOptions options) {
        get(server.close());
        server = serve(options);
    }

    private Future<JsonObject> begin(String operation, JsonObject request) {
        return start(context, () -> vertx.eventBus().<JsonObject>request("strandline.shop." + operation, request))
                .map(reply -> reply.body());
    }

    private JsonObject call(String operation, JsonObject request) {
        return get(begin(operation, request));
    }

    private JsonObject failed(Future<?> call) {
        ReplyException failure = (ReplyException) failure(call);
        JsonObject json = new JsonObject(failure.getMessage());
        assertThat(failure.failureCode())
                .isEqualTo(ErrorCode.valueOf(json.getString("code").toUpperCase(Locale.ROOT))
                        .number());
        return json;
    }

    private static JsonObject ofStream() {
        return new JsonObject().put("stream", STREAM);
    }

    private static JsonObject appendOf(int from, int to) {
        JsonArray events = new JsonArray();
        IntStream.range(from, to)
                .forEach(i -> events.add(new JsonObject().put("key", "k").put("event", i)));
        return ofStream().put("events", events);
    }

    /** A consumer that acknowledges as it is told to. */
    private final class Client {

        private final String address = "strandline.shop.to." + UUID.randomUUID();
        private final List<JsonObject> messages = new CopyOnWriteArrayList<>();
        private final MessageConsumer<JsonObject> consumer =
                vertx.eventBus().consumer(address, message -> messages.add(message.body()));
        private volatile String id = "";

        JsonObject subscribe(int events, int bytes) {
            return subscribe(new JsonObject().put("events", events).put("bytes", bytes));
        }

        JsonObject subscribe(JsonObject more) {
            get(consumer.completion());
            JsonObject reply =
                    call("subscribe", ofStream().put("address", address).mergeIn(more));
            id = reply.getString("subscription");
            return reply;
        }

        List<Integer> events() {
            List<Integer> numbers = new ArrayList<>();
            for (JsonObject message : messages) {
                for (Object event : message.getJsonArray("events", new JsonArray())) {
                    numbers.add(((JsonObject) event).getInteger("event"));
                }
            }
            return numbers;
        }

        JsonObject credit() {
            return ofStream().put("subscription", id);
        }

        void acknowledge(int message) {
            call("credit", credit().put("received", messages.get(message).getString("receipt")));
        }

        JsonObject last() {
            return messages.get(messages.size() - 1);
        }
    }

    @Test
    void events_are_appended_and_read_by_json_alone() {
        assertThat(call(
                                "createStream",
                                new JsonObject()
                                        .put("stream", "shop/bills")
                                        .put("options", new JsonObject().put("partitions", 3)))
                        .getJsonArray("partitions"))
                .hasSize(3);
        assertThat(call("scopes", new JsonObject()))
                .isEqualTo(new JsonObject().put("scopes", new JsonArray().add("shop")));
        JsonObject appended = call("appendEvents", appendOf(0, 5));
        assertThat(appended.getJsonArray("appended")).hasSize(5);
        JsonObject page = call("readEvents", ofStream());
        assertThat(page.getJsonArray("events")).hasSize(5);
        assertThat(page.getBoolean("isEnd")).isTrue();
        assertThat(call("endCut", ofStream()).getJsonObject("offsets")).isNotNull();
    }

    @Test
    void every_operation_of_the_door_has_an_address() {
        for (Operation<?, ?> operation : Operations.ALL) {
            Future<JsonObject> called = begin(operation.name(), new JsonObject().put("nothing that it has", 1));
            if (operation.doors().contains(Door.EVENT_BUS)) {
                assertThat(server.address(operation.name())).isEqualTo("strandline.shop." + operation.name());
                assertThat(failed(called).getString("message")).contains("nothing that it has");
            } else {
                assertThat(((ReplyException) failure(called)).failureType().name())
                        .isEqualTo("NO_HANDLERS");
            }
        }
    }

    @Test
    void failures_say_what_a_caller_needs() {
        JsonObject missing = failed(begin("describe", new JsonObject().put("stream", "shop/none")));
        assertThat(missing.getString("code")).isEqualTo("not_found");
        assertThat(missing.getBoolean("retryable")).isFalse();
        assertThat(missing.getString("happened")).isEqualTo("no");
        assertThat(failed(begin("describe", new JsonObject().put("stream", "none")))
                        .getString("code"))
                .isEqualTo("invalid");
        assertThat(failed(start(context, () -> vertx.eventBus().request("strandline.shop.describe", "text")))
                        .getString("code"))
                .isEqualTo("invalid");
        assertThat(failed(start(context, () -> vertx.eventBus().request("strandline.shop.readEvents", Buffer.buffer())))
                        .getString("code"))
                .isEqualTo("invalid");
    }

    @Test
    void a_binary_request_is_that_of_tcp() {
        WireOutput message = Operations.DESCRIBE.requestOf(StreamName.parse(STREAM));
        Buffer body =
                Buffer.buffer().appendIntLE(message.headBytes()).appendBytes(message.head(), 0, message.headBytes());
        Buffer reply = get(start(context, () -> vertx.eventBus().<Buffer>request("strandline.shop.describe", body)))
                .body();
        int head = reply.getIntLE(0);
        Frame frame = new Frame(FrameType.REPLY, 0, 0, reply.getBytes(4, 4 + head), new byte[0], 0, false);
        assertThat(Operations.DESCRIBE.readReply(frame))
                .isEqualTo(get(log.catalog().describe(STREAM)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "05000000aa", "ffffffff00", "00000010"})
    void a_malformed_binary_request_is_invalid(String hex) {
        Buffer body = Buffer.buffer(HexFormat.of().parseHex(hex));
        assertThat(failed(start(context, () -> vertx.eventBus().request("strandline.shop.append", body)))
                        .getString("code"))
                .isEqualTo("invalid");
    }

    @Test
    void appends_of_one_client_keep_their_order() {
        List<Future<JsonObject>> appends = new ArrayList<>();
        get(start(context, () -> {
            for (int i = 0; i < 300; i++) {
                appends.add(vertx.eventBus()
                        .<JsonObject>request("strandline.shop.appendEvents", appendOf(i, i + 1))
                        .map(reply -> reply.body()));
            }
            return Future.all(appends);
        }));
        JsonObject page = call("readEvents", ofStream().put("maxEvents", 1_000));
        assertThat(page.getJsonArray("events").stream().map(event -> ((JsonObject) event).getInteger("event")))
                .containsExactlyElementsOf(IntStream.range(0, 300).boxed().toList());
    }

    // ---- subscriptions

    @Test
    void a_subscription_sends_as_much_as_its_credit() {
        call("appendEvents", appendOf(0, 100));
        Client client = new Client();
        client.subscribe(10, 100_000);
        until(vertx, "the credit", () -> client.events().size() == 10);
        call("appendEvents", appendOf(100, 101)); // a turn of the server later nothing more has come
        assertThat(client.events()).hasSize(10);
        client.acknowledge(client.messages.size() - 1);
        until(vertx, "as much again", () -> client.events().size() == 20);
        assertThat(client.events()).isEqualTo(IntStream.range(0, 20).boxed().toList());
    }

    @Test
    void a_receipt_counts_once_and_must_be_known() {
        call("appendEvents", appendOf(0, 100));
        Client client = new Client();
        client.subscribe(10, 100_000);
        until(vertx, "the credit", () -> client.events().size() == 10);
        call("credit", client.credit().put("received", "0123456789abcdef0123456789abcdef"));
        call("credit", client.credit());
        client.acknowledge(0);
        client.acknowledge(0);
        call("appendEvents", appendOf(100, 101));
        until(vertx, "as much again", () -> client.events().size() == 20);
        call("appendEvents", appendOf(101, 102));
        assertThat(client.events()).hasSize(20);
    }

    /** It is sent without asking for a reply, so nobody would learn that it was refused. */
    @Test
    void a_credit_is_taken_while_there_are_as_many_requests_as_the_limit() {
        serveAgain(new EventBusOptions().setMaxRequests(1));
        call("appendEvents", appendOf(0, 100));
        Client client = new Client();
        client.subscribe(10, 100_000);
        until(vertx, "the credit", () -> client.events().size() == 10);
        JsonObject credit = client.credit().put("received", client.last().getString("receipt"));
        get(start(context, () -> {
            List<Future<?>> appends = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                appends.add(vertx.eventBus().request("strandline.shop.appendEvents", appendOf(i, i + 1)));
            }
            vertx.eventBus().send("strandline.shop.credit", credit);
            return Future.join(appends).otherwiseEmpty();
        }));
        until(vertx, "as much again", () -> client.events().size() == 20);
    }

    private static boolean asksForReceipt(JsonObject message) {
        return message.getJsonArray("events", new JsonArray().add(0)).isEmpty() && message.containsKey("receipt");
    }

    /** A machine that pauses for long may end a subscription before it is asked. Then another one is opened. */
    @Test
    void a_receipt_that_does_not_come_is_asked_for() {
        serveAgain(new EventBusOptions().setLeaseMillis(2_000));
        call("appendEvents", appendOf(0, 20));
        boolean isAsked = false;
        for (int attempt = 0; attempt < 10 && !isAsked; attempt++) {
            Client client = new Client();
            client.subscribe(10, 100_000);
            long pings =
                    vertx.setPeriodic(100, tick -> vertx.eventBus().send("strandline.shop.credit", client.credit()));
            until(vertx, "a question or the end", () -> client.messages.stream()
                    .anyMatch(message -> message.containsKey("end") || asksForReceipt(message)));
            vertx.cancelTimer(pings);
            isAsked = client.messages.stream().anyMatch(EventBusServerTest::asksForReceipt);
        }
        assertThat(isAsked).isTrue();
    }

    @Test
    void credit_in_bytes_stops_it_as_well() {
        call("appendEvents", appendOf(0, 100));
        Client client = new Client();
        client.subscribe(1_000, 1_000);
        until(vertx, "the credit", () -> client.events().size() >= 8);
        call("appendEvents", appendOf(100, 101));
        assertThat(client.events()).hasSize(8); // of 130 bytes
    }

    @Test
    void a_subscription_sees_what_comes_later_and_another_goes_on_at_its_position() {
        Client client = new Client();
        client.subscribe(
                new JsonObject().put("events", 100).put("bytes", 100_000).put("from", "end"));
        call("appendEvents", appendOf(0, 5));
        until(vertx, "the events", () -> client.events().size() == 5);
        call("cancel", client.credit());
        assertThat(server.subscriptions()).isZero();
        call("appendEvents", appendOf(5, 9));
        Client next = new Client();
        next.subscribe(new JsonObject()
                .put("events", 100)
                .put("bytes", 100_000)
                .put("from", client.last().getJsonObject("next")));
        until(vertx, "the rest", () -> next.events().size() == 4);
        assertThat(next.events()).containsExactly(5, 6, 7, 8);
        assertThat(client.events()).hasSize(5);
    }

    @Test
    void it_ends_when_its_consumer_is_gone() {
        Client client = new Client();
        client.subscribe(100, 100_000);
        assertThat(server.subscriptions()).isEqualTo(1);
        get(client.consumer.unregister());
        call("appendEvents", appendOf(0, 1));
        until(vertx, "its end", () -> server.subscriptions() == 0);
    }

    @Test
    void it_ends_when_its_consumer_is_silent_and_says_so() {
        serveAgain(new EventBusOptions().setLeaseMillis(200));
        Client client = new Client();
        client.subscribe(100, 100_000);
        until(vertx, "its end", () -> server.subscriptions() == 0 && !client.messages.isEmpty());
        assertThat(client.last().getBoolean("end")).isTrue();
        assertThat(client.last().getJsonObject("failure").getString("code")).isEqualTo("unavailable");
        assertThat(failed(begin("credit", client.credit())).getString("code")).isEqualTo("not_found");
    }

    /** The one that lives was there first, so without a sign of life it would end first. */
    @Test
    void a_sign_of_life_keeps_it_and_no_receipt_ends_it() {
        call("appendEvents", appendOf(0, 1));
        atSomePace("a sign of life keeps it", 300, leaseMillis -> {
            serveAgain(new EventBusOptions().setLeaseMillis(leaseMillis));
            Client living = new Client();
            living.subscribe(100, 100_000);
            Client unread = new Client();
            long pings = vertx.setPeriodic(20, tick -> {
                for (Client each : List.of(living, unread)) {
                    vertx.eventBus().send("strandline.shop.credit", each.credit());
                }
            });
            until(vertx, "the event", () -> !living.messages.isEmpty());
            String receipt = living.messages.get(0).getString("receipt");
            get(begin("credit", living.credit().put("received", receipt))
                    .transform(received -> Future.succeededFuture()));
            unread.subscribe(100, 100_000);
            until(
                    vertx,
                    "the end of the one that acknowledged nothing",
                    () -> !unread.messages.isEmpty() && unread.last().getBoolean("end", false));
            boolean lives = server.subscriptions() == 1;
            vertx.cancelTimer(pings);
            until(vertx, "the end of silence", () -> server.subscriptions() == 0);
            return lives;
        });
    }

    @Test
    void it_ends_with_the_stream_and_with_the_server() {
        Client client = new Client();
        client.subscribe(100, 100_000);
        get(log.catalog().deleteStream(STREAM));
        until(vertx, "its end", () -> !client.messages.isEmpty());
        assertThat(client.last().getJsonObject("failure").getString("code")).isEqualTo("not_found");
        get(log.catalog().createStream(STREAM, new StreamOptions()));
        Client second = new Client();
        second.subscribe(100, 100_000);
        get(server.close());
        until(vertx, "the end of the server", () -> !second.messages.isEmpty());
        assertThat(second.last().getJsonObject("failure").getString("message")).contains("stops");
    }

    @Test
    void what_subscriptions_cost_is_bounded() {
        serveAgain(new EventBusOptions()
                .setMaxSubscriptions(3)
                .setMaxCreditBytes(2_000)
                .setMaxCreditEvents(5)
                .setMaxCreditBytesOfAll(64 << 10));
        JsonObject granted = new Client().subscribe(1_000, 1_000_000);
        assertThat(granted.getInteger("events")).isEqualTo(5);
        assertThat(granted.getInteger("bytes")).isEqualTo(2_000);
        new Client().subscribe(1, 1);
        new Client().subscribe(1, 1);
        assertThat(failed(begin("subscribe", subscribeAt("strandline.shop.to.a")))
                        .getString("code"))
                .isEqualTo("overloaded");
        serveAgain(new EventBusOptions().setMaxCreditBytesOfAll(64 << 10));
        new Client().subscribe(1, 60 << 10);
        assertThat(failed(begin("subscribe", subscribeAt("strandline.shop.to.a")))
                        .getString("message"))
                .contains("65536");
        assertThat(server.subscriptions()).isEqualTo(1);
    }

    private static JsonObject subscribeAt(String address) {
        return ofStream().put("address", address).put("events", 1).put("bytes", 10_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"strandline.shop.deleteStream", "strandline.shop.to.", "strandline.shop.to.a.b", "elsewhere", ""
            })
    void events_go_to_addresses_of_consumers_alone(String address) {
        assertThat(failed(begin("subscribe", subscribeAt(address))).getString("message"))
                .contains("address");
    }

    @Test
    void a_subscription_of_another_stream_is_not_found() {
        Client client = new Client();
        client.subscribe(1, 1_000);
        assertThat(failed(begin("cancel", client.credit().put("stream", "shop/other")))
                        .getString("code"))
                .isEqualTo("not_found");
        assertThat(server.subscriptions()).isEqualTo(1);
        assertThat(failed(begin("subscribe", subscribeAt("strandline.shop.to.a").put("stream", "shop/none")))
                        .getString("code"))
                .isEqualTo("not_found");
        assertThat(server.subscriptions()).isEqualTo(1);
    }

    // ---- life

    @Test
    void a_server_that_stops_leaves_its_addresses() {
        get(server.close());
        assertThat(((ReplyException) failure(begin("scopes", new JsonObject())))
                        .failureType()
                        .name())
                .isEqualTo("NO_HANDLERS");
        server = serve(new EventBusOptions());
        call("scopes", new JsonObject());
        assertThat(refusal(EventBusServer.serve(vertx, ServedLog.of("shop", log), new EventBusOptions())))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void more_requests_than_the_limit_are_overloaded() {
        serveAgain(new EventBusOptions().setMaxRequests(1));
        List<Future<JsonObject>> calls = get(start(context, () -> {
            List<Future<JsonObject>> begun = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                begun.add(vertx.eventBus()
                        .<JsonObject>request("strandline.shop.appendEvents", appendOf(i, i + 1))
                        .map(reply -> reply.body()));
            }
            return Future.join(begun).transform(all -> Future.succeededFuture(begun));
        }));
        assertThat(calls).anyMatch(Future::succeeded);
        assertThat(calls.stream().filter(Future::failed))
                .isNotEmpty()
                .allSatisfy(call -> assertThat(failed(call).getString("code")).isEqualTo("overloaded"));
        call("scopes", new JsonObject());
    }
}
