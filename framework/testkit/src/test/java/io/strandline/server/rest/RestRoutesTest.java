package io.strandline.server.rest;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.run;
import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamOptions;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.server.rest.Http.Response;
import io.strandline.server.rest.ServedShop.Order;
import io.strandline.spi.LogPort;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Every route of the server does what it says, and every response is what the OpenAPI document says of it. The document is that of
 * the running server, so a route without a case here fails the class.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestRoutesTest {

    /** Operations that the log cannot do, and one that needs a stream which refuses a part of a transaction. */
    private static final List<String> IMPOSSIBLE = List.of("dropPart");

    private static final String AT = ServedShop.AT;
    private static final String LINES = "application/x-ndjson";

    private final ServedShop shop = new ServedShop();
    private final ApiDocument document =
            new ApiDocument(shop.http.get("/v1/openapi.json").json());

    @BeforeAll
    void fill() {
        shop.createStream(2);
        StateSync sync = shop.sync();
        shop.exposeGroup(sync);
        shop.exposePipeline();
        shop.exposeAccounts();
        shop.exposeState(sync);
        shop.exposeMetrics();
    }

    @AfterAll
    void close() {
        shop.close();
        assertThat(document.unproven()).containsExactlyInAnyOrderElementsOf(IMPOSSIBLE);
    }

    private Response call(HttpMethod method, String path, Map<String, String> headers, Buffer body, int status) {
        Response response = document.check(method, path, shop.http.call(method, path, headers, body));
        assertThat(response.status())
                .as(method + " " + path + ": " + response.body())
                .isEqualTo(status);
        if (status >= 400) {
            assertThat(response.mediaType()).isEqualTo("application/problem+json");
            assertThat(response.json().getInteger("status")).isEqualTo(status);
        }
        return response;
    }

    private Response call(HttpMethod method, String path, int status) {
        return call(method, path, Map.of(), Buffer.buffer(), status);
    }

    private Response send(HttpMethod method, String path, Object body, int status) {
        Buffer bytes = Buffer.buffer(Json.encode(body));
        return call(method, path, Map.of("Content-Type", "application/json"), bytes, status);
    }

    private void createStream(String name, int partitions) {
        send(
                POST,
                "/v1/scopes/shop/streams",
                Map.of("streamName", name, "scalingPolicy", Map.of("minSegments", partitions)),
                201);
    }

    // ---- scopes

    @Test
    void scopes_are_created_listed_and_deleted() {
        assertThat(send(POST, "/v1/scopes", Map.of("scopeName", "toys"), 201).json())
                .isEqualTo(new JsonObject().put("scopeName", "toys"));
        send(POST, "/v1/scopes", Map.of("scopeName", "toys"), 409);
        assertThat(send(POST, "/v1/scopes", Map.of("scopeName", "no/scope"), 400)
                        .json()
                        .getString("happened"))
                .isEqualTo("no");
        assertThat(send(POST, "/v1/scopes", Map.of("scope", "toys"), 400).json().getString("field"))
                .isEqualTo("scopeName");
        assertThat(call(GET, "/v1/scopes", 200).json().getJsonArray("scopes"))
                .contains(new JsonObject().put("scopeName", "toys"));
        call(GET, "/v1/scopes/toys", 200);
        call(GET, "/v1/scopes/nobody", 404);
        send(POST, "/v1/scopes/toys/streams", Map.of("streamName", "one"), 201);
        call(DELETE, "/v1/scopes/toys", 412);
        call(DELETE, "/v1/scopes/toys/streams/one", 204);
        call(DELETE, "/v1/scopes/toys", 204);
        call(DELETE, "/v1/scopes/toys", 404);
    }

    // ---- streams

    @Test
    void streams_are_created_described_changed_and_deleted() {
        JsonObject created = send(
                        POST,
                        "/v1/scopes/shop/streams",
                        Map.of(
                                "streamName",
                                "bills",
                                "scalingPolicy",
                                Map.of(
                                        "type",
                                        "BY_RATE_IN_EVENTS_PER_SEC",
                                        "targetRate",
                                        1_000,
                                        "scaleFactor",
                                        2,
                                        "minSegments",
                                        3),
                                "retentionPolicy",
                                Map.of("type", "LIMITED_DAYS", "value", 7)),
                        201)
                .json();
        assertThat(created.getString("streamName")).isEqualTo("bills");
        assertThat(created.getJsonArray("partitions")).hasSize(3);
        send(POST, "/v1/scopes/shop/streams", Map.of("streamName", "bills"), 409);
        send(POST, "/v1/scopes/nobody/streams", Map.of("streamName", "bills"), 404);
        assertThat(call(GET, "/v1/scopes/shop/streams", 200).json().getJsonArray("streams"))
                .contains(new JsonObject().put("scopeName", "shop").put("streamName", "bills"));
        String at = "/v1/scopes/shop/streams/bills";
        assertThat(call(GET, at, 200).json()).isEqualTo(created);
        call(GET, "/v1/scopes/shop/streams/nothing", 404);
        JsonObject byRate = created.getJsonObject("scalingPolicy");
        assertThat(byRate.getString("type")).isEqualTo("BY_RATE_IN_EVENTS_PER_SEC");
        assertThat(byRate.getLong("targetRate")).isEqualTo(1_000);
        assertThat(byRate.getInteger("minSegments")).isEqualTo(3);
        assertThat(created.getJsonObject("retentionPolicy").getLong("maxAgeMillis"))
                .isEqualTo(TimeUnit.DAYS.toMillis(7));
        send(PUT, at, Map.of("retentionPolicy", Map.of("type", "LIMITED_SIZE_MB", "value", 64)), 200);
        JsonObject changed = send(PUT, at, Map.of("scalingPolicy", Map.of("type", "FIXED_NUM_SEGMENTS")), 200)
                .json();
        assertThat(changed.getJsonObject("scalingPolicy").getString("type")).isEqualTo("FIXED_NUM_SEGMENTS");
        assertThat(changed.getJsonObject("retentionPolicy").getLong("maxBytes")).isEqualTo(64 << 20);
        JsonObject again = new JsonObject()
                .put("scalingPolicy", byRate)
                .put("retentionPolicy", changed.getJsonObject("retentionPolicy"));
        assertThat(send(PUT, at, again, 200).json())
                .as("what is answered can be sent again")
                .isEqualTo(changed.copy().put("scalingPolicy", byRate));
        send(PUT, at, Map.of(), 400);
        assertThat(send(PUT, at, Map.of("scalingPolicy", Map.of("scaleFactor", 3)), 400)
                        .json()
                        .getString("field"))
                .isEqualTo("scaleFactor");
        assertThat(created.getString("streamState")).isEqualTo("ACTIVE");
        send(PUT, at + "/state", Map.of("streamState", "ACTIVE"), 400);
        send(PUT, at + "/state", Map.of("streamState", "SEALED"), 200);
        assertThat(send(PUT, at + "/state", Map.of("streamState", "SEALED"), 200)
                        .json()
                        .getString("streamState"))
                .isEqualTo("SEALED");
        assertThat(call(GET, at, 200).json().getString("streamState")).isEqualTo("SEALED");
        assertThat(send(POST, at + "/events", new JsonArray().add(new JsonObject(ServedShop.order("a", "pen", 1))), 409)
                        .json()
                        .getString("detail"))
                .contains("stream shop/bills is sealed");
        call(DELETE, at, 204);
        call(DELETE, at, 404);
    }

    @Test
    void a_stream_is_scaled_and_its_scalings_are_listed() {
        createStream("scaled", 1);
        String at = "/v1/scopes/shop/streams/scaled";
        JsonObject partition =
                call(GET, at, 200).json().getJsonArray("partitions").getJsonObject(0);
        Map<String, Object> split = Map.of(
                "seal",
                List.of(partition.getLong("id")),
                "open",
                List.of(
                        Map.of("from", "0000000000000000", "to", "7fffffffffffffff"),
                        Map.of("from", "8000000000000000", "to", "ffffffffffffffff")));
        assertThat(send(POST, at + "/scale", split, 200).json().getJsonArray("partitions"))
                .hasSize(2);
        send(POST, at + "/scale", split, 409);
        JsonArray events = call(GET, at + "/scaling-events", 200).json().getJsonArray("scalingEvents");
        assertThat(events).hasSize(1);
        assertThat(events.getJsonObject(0).getJsonArray("sealed")).containsExactly(partition.getInteger("id"));
        assertThat(call(GET, at + "/scaling-events?to=5", 200).json().getJsonArray("scalingEvents"))
                .isEmpty();
        call(GET, at + "/scaling-events?to=now", 400);
        JsonObject past = call(GET, at + "/events?from=" + partition.getLong("id") + ":1", 416)
                .json();
        assertThat(past.getString("end")).startsWith(partition.getLong("id") + ":0,");
    }

    @Test
    void a_stream_is_truncated_and_reading_before_it_is_gone() {
        createStream("short", 1);
        String at = "/v1/scopes/shop/streams/short";
        append(at, 10);
        JsonObject cuts = call(GET, at + "/cuts", 200).json();
        String partition = cuts.getJsonObject("end").fieldNames().iterator().next();
        assertThat(cuts.getJsonObject("end").getLong(partition)).isEqualTo(10);
        send(POST, at + "/truncate", Map.of("offsets", Map.of(partition, 4)), 204);
        send(POST, at + "/truncate", Map.of("offsets", Map.of(partition, 40)), 400);
        JsonObject gone =
                call(GET, at + "/events?from=" + partition + ":0", 410).json();
        assertThat(gone.getString("start")).isEqualTo(partition + ":4");
        JsonObject past =
                call(GET, at + "/events?from=" + partition + ":11", 416).json();
        assertThat(past.getString("end")).isEqualTo(partition + ":10");
        assertThat(call(GET, at + "/events", 200).json().getJsonArray("events")).hasSize(6);
    }

    /** What a consumer got with a page is where it has the stream truncated, or notes that it is. */
    @Test
    void a_stream_is_truncated_at_the_cut_of_a_page() {
        createStream("cut", 2);
        String at = "/v1/scopes/shop/streams/cut";
        append(at, 10);
        JsonObject page = call(GET, at + "/events?limit=3", 200).json();
        send(PUT, at + "/subscribers/mail", page.getJsonObject("next"), 204);
        send(POST, at + "/truncate", page.getJsonObject("next"), 204);
        assertThat(call(GET, at + "/events", 200).json().getJsonArray("events")).hasSize(7);
        String further = call(GET, at + "/events?limit=3", 200).json().getString("nextFrom");
        send(PUT, at + "/subscribers/mail", Map.of("cut", further), 204);
        send(POST, at + "/truncate", Map.of("cut", further), 204);
        assertThat(call(GET, at + "/events", 200).json().getJsonArray("events")).hasSize(4);
        JsonObject other = page.getJsonObject("next").copy().put("stream", ServedShop.STREAM);
        assertThat(send(POST, at + "/truncate", other, 400).json().getString("field"))
                .isEqualTo("stream");
        assertThat(send(POST, at + "/truncate", Map.of("cut", "1:4,"), 400)
                        .json()
                        .getString("field"))
                .isEqualTo("cut");
        send(POST, at + "/truncate", Map.of("cut", further, "offsets", Map.of()), 400);
        assertThat(send(POST, at + "/truncate", Map.of(), 400).json().getString("field"))
                .isEqualTo("offsets");
    }

    @Test
    void subscribers_and_writers_are_noted_and_forgotten() {
        createStream("noted", 1);
        String at = "/v1/scopes/shop/streams/noted";
        append(at, 3);
        String partition = call(GET, at + "/cuts", 200)
                .json()
                .getJsonObject("end")
                .fieldNames()
                .iterator()
                .next();
        send(PUT, at + "/subscribers/mail", Map.of("offsets", Map.of(partition, 2)), 204);
        assertThat(call(GET, at + "/subscribers", 200).json().encode()).contains("mail");
        call(DELETE, at + "/subscribers/mail", 204);
        assertThat(call(DELETE, at + "/subscribers/mail", 404).json().getString("happened"))
                .isEqualTo("no");
        Map<String, Object> numbered = new HashMap<>(ServedShop.order("a", "pen", 1));
        numbered.put("sequence", 7);
        send(POST, at + "/events?writer=till-1", numbered, 200);
        assertThat(send(POST, at + "/events?writer=till-1", numbered, 200)
                        .json()
                        .getInteger("duplicates"))
                .isEqualTo(1);
        call(DELETE, at + "/writers/till-1", 204);
    }

    // ---- events

    private void append(String at, int events) {
        JsonArray all = new JsonArray();
        for (int i = 0; i < events; i++) {
            all.add(new JsonObject(ServedShop.order("a", "pen", i)));
        }
        send(POST, at + "/events", all, 200);
    }

    @Test
    void events_are_appended_as_json_and_as_lines_and_read_in_pages() {
        createStream("paged", 1);
        String at = "/v1/scopes/shop/streams/paged/events";
        JsonObject one = send(POST, at, ServedShop.order("a", "pen", 1), 200).json();
        assertThat(one.getInteger("events")).isEqualTo(1);
        assertThat(one.getJsonArray("places").getJsonObject(0).getLong("offset"))
                .isZero();
        send(POST, at, List.of(ServedShop.order("a", "pen", 2), ServedShop.order("b", "ink", 3)), 200);
        Buffer lines = Buffer.buffer(new JsonObject(ServedShop.order("a", "pen", 4)).encode() + "\n"
                + new JsonObject().put("key", "b").put("bytes", "AAEC").encode());
        assertThat(call(POST, at, Map.of("Content-Type", LINES), lines, 200)
                        .json()
                        .getInteger("events"))
                .isEqualTo(2);

        JsonObject first = call(GET, at + "?limit=3", 200).json();
        assertThat(first.getJsonArray("events")).hasSize(3);
        assertThat(first.getBoolean("isEnd")).isFalse();
        JsonObject second =
                call(GET, at + "?from=" + first.getString("nextFrom"), 200).json();
        assertThat(second.getJsonArray("events")).hasSize(2);
        assertThat(second.getBoolean("isEnd")).isTrue();
        assertThat(second.getJsonArray("events").getJsonObject(0).getJsonObject("event"))
                .isEqualTo(new JsonObject().put("item", "pen").put("count", 4));
        assertThat(second.getJsonArray("events").getJsonObject(1).getString("bytes"))
                .isEqualTo("AAEC");

        List<Order> read =
                get(shop.log.history("shop/paged", "a", Order.CODEC).compose(reader -> reader.toList())).stream()
                        .map(event -> event.event())
                        .toList();
        assertThat(read).containsExactly(new Order("pen", 1), new Order("pen", 2), new Order("pen", 4));
    }

    @Test
    void a_wrong_event_appends_nothing_and_is_named() {
        createStream("wrong", 1);
        String at = "/v1/scopes/shop/streams/wrong/events";
        Buffer lines = Buffer.buffer("{\"event\": 1}\n{\"event\": 2, \"kex\": \"a\"}\n{\"event\": 3}\n");
        JsonObject problem =
                call(POST, at, Map.of("Content-Type", LINES), lines, 400).json();
        assertThat(problem.getString("field")).isEqualTo("line[2].kex");
        assertThat(problem.getInteger("line")).isEqualTo(2);
        assertThat(problem.getString("happened")).isEqualTo("no");
        send(POST, at, List.of(), 400);
        send(POST, at, 7, 400);
        call(POST, at, Map.of("Content-Type", "application/json"), Buffer.buffer("{\"event\":"), 400);
        call(POST, at, Map.of("Content-Type", "application/x-www-form-urlencoded"), Buffer.buffer("event=1"), 415);
        assertThat(call(POST, at, Map.of("Content-Type", "text/x-none"), Buffer.buffer("1"), 415)
                        .json()
                        .getString("detail"))
                .startsWith("Content-Type is \"text/x-none\", it must be ");
        call(POST, at, Map.of("Content-Type", "application/json"), Buffer.buffer(), 400);
        send(POST, "/v1/scopes/shop/streams/nothing/events", ServedShop.order("a", "pen", 1), 404);
        assertThat(call(GET, at, 200).json().getJsonArray("events")).isEmpty();
    }

    @Test
    void a_condition_that_does_not_hold_is_answered_with_what_is_stored() {
        createStream("checked", 1);
        String at = "/v1/scopes/shop/streams/checked/events";
        Buffer event = new JsonObject(ServedShop.order("a", "pen", 1)).toBuffer();
        Map<String, String> json = Map.of("Content-Type", "application/json", "If-Match", "\"0\"");
        Response appended = call(POST, at, json, event, 200);
        assertThat(appended.headers().get("ETag")).isEqualTo("\"1\"");
        JsonObject stored = call(POST, at, json, event, 412).json().getJsonObject("stored");
        assertThat(stored.getLong("offset")).isEqualTo(1);
        assertThat(stored.getJsonArray("events").getJsonObject(0).getString("key"))
                .isEqualTo("a");
        assertThat(call(POST, at, Map.of("Content-Type", "application/json", "If-Match", "0"), event, 400)
                        .json()
                        .getString("detail"))
                .isEqualTo("If-Match is \"0\", it must be the next offset in quotes, such as \"42\"");
        assertThat(call(GET, at + "?limit=abc%0A" + "d".repeat(60), 400).json().getString("detail"))
                .isEqualTo("limit is \"abc?" + "d".repeat(36) + "…\", it must be a whole number of 64 bits");
        String cut = call(GET, at, 200).json().getString("nextFrom");
        send(POST, at + "?unchangedSince=" + cut, ServedShop.order("a", "pen", 2), 200);
        send(POST, at + "?unchangedSince=" + cut, ServedShop.order("a", "pen", 3), 412);
        send(POST, at + "?unchangedSince=" + cut, Map.of("event", 1), 400);
    }

    @Test
    void a_condition_on_events_that_were_removed_is_answered_with_those_that_are_kept() {
        createStream("aged", 2);
        String at = "/v1/scopes/shop/streams/aged";
        for (int i = 0; i < 3; i++) {
            send(POST, at + "/events", ServedShop.order("a", "pen " + i, 1), 200);
        }
        JsonObject end = call(GET, at + "/cuts", 200).json().getJsonObject("end");
        String partition = end.fieldNames().stream()
                .filter(id -> end.getLong(id) == 3)
                .findFirst()
                .orElseThrow();
        Buffer event = new JsonObject(ServedShop.order("a", "pen", 1)).toBuffer();
        Map<String, String> first = Map.of("Content-Type", "application/json", "If-Match", "\"0\"");
        assertThat(stored(at, first, event).getJsonArray("events")).hasSize(3);
        send(POST, at + "/truncate", Map.of("offsets", Map.of(partition, 2)), 204);
        JsonObject stored = stored(at, first, event);
        assertThat(stored.getLong("offset")).isEqualTo(3);
        assertThat(stored.getJsonArray("events").getJsonObject(0).getLong("offset"))
                .isEqualTo(2);
        send(POST, at + "/truncate", Map.of("offsets", Map.of(partition, 3)), 204);
        assertThat(stored(at, first, event).getJsonArray("events")).isEmpty();
    }

    private JsonObject stored(String stream, Map<String, String> headers, Buffer event) {
        return call(POST, stream + "/events", headers, event, 412).json().getJsonObject("stored");
    }

    @Test
    void stamps_are_not_ahead_of_the_clock() {
        createStream("stamped", 1);
        append("/v1/scopes/shop/streams/stamped", 1);
        assertThat(call(GET, "/v1/scopes/shop/streams/stamped/stamps-ahead", 200)
                        .json()
                        .getLong("millis"))
                .isNotNegative();
        call(GET, "/v1/scopes/shop/streams/nobody/stamps-ahead", 404);
    }

    @Test
    void events_of_a_key_are_appended_together_or_not_at_all() {
        createStream("batches", 2);
        String at = "/v1/scopes/shop/streams/batches";
        Map<String, Object> event = Map.of("type", "order", "version", 1, "event", Map.of("item", "pen", "count", 1));
        Map<String, Object> batch = Map.of("key", "a", "events", List.of(event, event));
        assertThat(send(POST, at + "/batches", batch, 200).json().getLong("offset"))
                .isZero();
        send(POST, at + "/batches", Map.of("key", "a", "events", List.of(event, Map.of("evnt", 1))), 400);
        assertThat(call(GET, at + "/keys/a/events", 200).json().getJsonArray("events"))
                .hasSize(2);
        send(POST, "/v1/scopes/shop/streams/nobody/batches", batch, 404);
    }

    @Test
    void events_of_a_key_are_read_alone_and_backward() {
        createStream("keyed", 2);
        String at = "/v1/scopes/shop/streams/keyed";
        send(
                POST,
                at + "/events",
                List.of(
                        ServedShop.order("a/1 ü", "pen", 1),
                        ServedShop.order("b", "ink", 2),
                        ServedShop.order("a/1 ü", "pen", 3)),
                200);
        JsonArray events = call(GET, at + "/keys/a%2F1%20%C3%BC/events?direction=backward", 200)
                .json()
                .getJsonArray("events");
        assertThat(events).hasSize(2);
        assertThat(events.getJsonObject(0).getJsonObject("event").getInteger("count"))
                .isEqualTo(3);
        call(GET, at + "/keys/b/events?direction=sideways", 400);
        call(GET, at + "/keys/b/events?fromVersion=0", 400);
    }

    @Test
    void events_are_read_as_lines() {
        createStream("lines", 1);
        String at = "/v1/scopes/shop/streams/lines/events";
        append("/v1/scopes/shop/streams/lines", 5);
        Response lines = call(GET, at + "?limit=4", Map.of("Accept", LINES), Buffer.buffer(), 200);
        assertThat(lines.mediaType()).isEqualTo(LINES);
        assertThat(lines.body().toString().split("\n")).hasSize(4);
        call(GET, at, Map.of("Accept", "text/html"), Buffer.buffer(), 406);
        call(GET, at + "?limit=0", 400);
        call(GET, at + "?limt=1", 400);
        call(GET, at + "?from=end&time=4", 400);
        call(GET, at + "?offset=4", 400);
        call(GET, at + "?from=%zz", 400);
    }

    // ---- transactions

    @Test
    void a_transaction_is_written_committed_and_aborted() {
        createStream("booked", 1);
        String id = send(POST, "/v1/transactions", Map.of("leaseMillis", 20_000), 201)
                .json()
                .getString("transaction");
        send(POST, "/v1/transactions", Map.of("transaction", id), 409);
        String at = "/v1/transactions/" + id;
        Map<String, Object> write = Map.of("sequence", 0, "events", List.of(ServedShop.order("a", "pen", 1)));
        send(POST, at + "/scopes/shop/streams/booked/events", write, 204);
        send(POST, at + "/scopes/shop/streams/booked/events", write, 204);
        send(POST, at + "/ping", Map.of("leaseMillis", 20_000), 204);
        assertThat(call(GET, "/v1/transactions", 200).json().encode()).contains(id);
        assertThat(call(GET, "/v1/scopes/shop/streams/booked/events", 200)
                        .json()
                        .getJsonArray("events"))
                .isEmpty();
        assertThat(call(POST, at + "/commit", 200).json().getString("status")).isEqualTo("committed");
        assertThat(call(GET, at, 200).json().getString("status")).isEqualTo("committed");
        call(POST, at + "/abort", 409);
        assertThat(call(GET, "/v1/scopes/shop/streams/booked/events", 200)
                        .json()
                        .getJsonArray("events"))
                .hasSize(1);
        String other = call(POST, "/v1/transactions", 201).json().getString("transaction");
        call(POST, "/v1/transactions/" + other + "/abort", 200);
        call(GET, "/v1/transactions/nobody", 404);
        assertThat(call(GET, "/v1/parts-set-aside", 200).json().getJsonArray("parts"))
                .isEmpty();
        call(DELETE, at + "/scopes/shop/streams/booked", 409);
    }

    // ---- groups

    /** Whatever a look-up by name finds. */
    @Test
    void a_group_that_keeps_its_state_in_the_log_is_listed_wherever_its_readers_run() {
        createStream("asked", 1);
        LogRevisionStore store = LogRevisionStore.open(shop.serverVertx, shop.log);
        StateSync elsewhere = StateSync.create(shop.serverVertx, store);
        run(
                shop.serverVertx,
                () -> ReaderGroup.open(
                        shop.serverVertx,
                        shop.log,
                        elsewhere,
                        "shop/elsewhere",
                        new GroupOptions().setStreams("shop/asked")));
        call(GET, "/v1/scopes/shop/readergroups/elsewhere", 200);
        assertThat(call(GET, "/v1/scopes/shop/readergroups", 200).json().getJsonArray("readerGroups"))
                .contains(
                        new JsonObject().put("readerGroupName", "billing"),
                        new JsonObject().put("readerGroupName", "elsewhere"));
        assertThat(call(GET, "/v1/scopes/toys/readergroups", 200).json().getJsonArray("readerGroups"))
                .isEmpty();
    }

    @Test
    void the_groups_of_a_scope_are_listed_though_those_of_another_one_cannot_be_read() {
        try (ServedShop other = new ServedShop()) {
            other.createStream(1);
            other.exposeGroup(other.sync());
            // A directory has one partition.
            get(other.log.catalog().createReserved("_strandline/groups-broken", new StreamOptions().setPartitions(2)));
            assertThat(sendTo(other, GET, "/v1/scopes/shop/readergroups", Map.of(), 200)
                            .json()
                            .getJsonArray("readerGroups"))
                    .containsExactly(new JsonObject().put("readerGroupName", "billing"));
            assertThat(other.http.get("/v1/scopes/broken/readergroups").status())
                    .isGreaterThanOrEqualTo(400);
            sendTo(other, GET, "/v1/scopes/no%2Fscope/readergroups", Map.of(), 400);
        }
    }

    @Test
    void a_group_is_described_checkpointed_and_reset() {
        String at = "/v1/scopes/shop/readergroups/billing";
        append(AT, 4);
        assertThat(call(GET, "/v1/scopes/shop/readergroups", 200).json().getJsonArray("readerGroups"))
                .contains(new JsonObject().put("readerGroupName", "billing"));
        assertThat(call(GET, at, 200).json().getJsonArray("streams")).containsExactly(ServedShop.STREAM);
        call(GET, "/v1/scopes/shop/readergroups/nobody", 404);
        JsonObject lag = call(GET, at + "/lag", 200).json();
        assertThat(lag.getLong("events")).isGreaterThanOrEqualTo(4);
        send(POST, at + "/checkpoints", Map.of("checkpoint", "monday"), 201);
        send(POST, at + "/checkpoints", Map.of("checkpoint", "monday"), 409);
        assertThat(call(GET, at + "/checkpoints", 200).json().encode()).contains("monday");
        JsonObject plan =
                send(POST, at + "/reset?dryRun=true", Map.of("to", "end"), 200).json();
        assertThat(plan.getBoolean("done")).isFalse();
        assertThat(plan.getLong("skipped"))
                .isEqualTo(call(GET, at + "/lag", 200).json().getLong("events"));
        JsonObject done = send(POST, at + "/reset", Map.of("to", "end"), 200).json();
        assertThat(done.getBoolean("done")).isTrue();
        assertThat(call(GET, at + "/lag", 200).json().getLong("events")).isZero();
        JsonObject back =
                send(POST, at + "/reset", Map.of("checkpoint", "monday"), 200).json();
        assertThat(back.getLong("again")).isGreaterThanOrEqualTo(4);
        assertThat(send(POST, at + "/reset", Map.of("to", "begin"), 400).json().getString("detail"))
                .startsWith("field to is ")
                .doesNotContain("from");
        send(POST, at + "/reset", Map.of(), 400);
        send(POST, at + "/reset", Map.of("checkpoint", "sunday"), 404);
        call(DELETE, at + "/checkpoints/monday", 204);
        assertThat(call(DELETE, at + "/checkpoints/monday", 404).json().getString("happened"))
                .isEqualTo("no");
    }

    @Test
    void parked_events_of_a_group_are_listed_replayed_and_dropped() {
        createStream("poison", 1);
        ReaderGroup group = run(
                shop.serverVertx,
                () -> ReaderGroup.open(
                        shop.serverVertx,
                        shop.log,
                        shop.sync(),
                        "shop/poisoned",
                        new GroupOptions()
                                .setStreams("shop/poison")
                                .setMaxAttempts(1)
                                .setPoison(PoisonPolicy.PARK)));
        shop.served.exposed().group(group);
        run(shop.serverVertx, () -> group.join("reader", Order.CODEC)
                .onSuccess(reader -> reader.handler(event -> Future.failedFuture("poison"))));
        append("/v1/scopes/shop/streams/poison", 3);
        String at = "/v1/scopes/shop/readergroups/poisoned";
        shop.http.until(
                at + "/parked", page -> page.json().getJsonArray("parked").size() >= 3);
        JsonArray parked = call(GET, at + "/parked?maxEvents=2", 200).json().getJsonArray("parked");
        assertThat(parked).hasSize(2);
        long first = parked.getJsonObject(0).getLong("id");
        long second = parked.getJsonObject(1).getLong("id");
        assertThat(send(POST, at + "/parked/drop", Map.of("ids", List.of(first)), 200)
                        .json()
                        .getInteger("events"))
                .isEqualTo(1);
        assertThat(send(POST, at + "/parked/replay", Map.of("ids", List.of(second)), 200)
                        .json()
                        .getInteger("events"))
                .isEqualTo(1);
        assertThat(call(GET, "/v1/scopes/shop/streams/poison/events", 200)
                        .json()
                        .getJsonArray("events"))
                .hasSize(4);
    }

    // ---- pipelines

    @Test
    void a_pipeline_is_described_checkpointed_and_paused() {
        String at = "/v1/pipelines/totals";
        append(AT, 2);
        assertThat(call(GET, "/v1/pipelines", 200).json().getJsonArray("names")).containsExactly("totals");
        assertThat(call(GET, at, 200).json().getString("name")).isEqualTo("totals");
        assertThat(call(GET, at, Map.of("Accept", "text/plain"), Buffer.buffer(), 200)
                        .body()
                        .toString())
                .contains("totals v1");
        assertThat(call(GET, at, Map.of("Accept", "text/vnd.mermaid"), Buffer.buffer(), 200)
                        .body()
                        .toString())
                .startsWith("flowchart");
        call(GET, "/v1/pipelines/nobody", 404);
        send(POST, at + "/checkpoints", Map.of("name", "monday"), 201);
        send(POST, at + "/checkpoints", Map.of("name", "monday"), 409);
        append(AT, 2);
        shop.http.until(at, RestRoutesTest::lagsNot);
        call(POST, at + "/pause", 204);
        call(POST, at + "/resume", 204);
        send(POST, at + "/checkpoints", Map.of("name", "tuesday"), 201);
        assertThat(call(GET, at + "/checkpoints", 200).json().getJsonArray("checkpoints"))
                .isNotEmpty();
        assertThat(send(POST, at + "/audit", Map.of("from", "monday", "to", "tuesday"), 200)
                        .json()
                        .getBoolean("equal"))
                .isTrue();
        send(POST, at + "/audit", Map.of("from", "monday", "to", "friday"), 404);
        send(POST, at + "/restore", Map.of("checkpoint", "friday"), 404);
        assertThat(send(POST, at + "/restore", Map.of("checkpoint", "monday"), 200)
                        .json()
                        .getJsonObject("description")
                        .getString("name"))
                .isEqualTo("totals");
        shop.http.until(at, RestRoutesTest::lagsNot);
        call(DELETE, at + "/checkpoints/monday", 204);
        call(DELETE, at + "/checkpoints/monday", 404);
        assertThat(call(GET, at + "/parked", 200).json().getJsonArray("parked")).isEmpty();
        send(POST, at + "/parked/replay", Map.of("ids", List.of()), 200);
        send(POST, at + "/parked/drop", Map.of("ids", List.of()), 200);
    }

    private static boolean lagsNot(Response pipeline) {
        return pipeline.json().getJsonArray("tasks").stream().allMatch(task -> ((JsonObject) task).getLong("lag") == 0);
    }

    @Test
    void a_pipeline_is_switched_to_the_version_beside_it_and_the_former_one_is_dropped() {
        try (ServedShop other = new ServedShop()) {
            other.createStream(1);
            other.exposeBeside(other.exposePipeline());
            String at = "/v1/pipelines/totals";
            sendTo(other, POST, at + "/switch", Map.of("to", "nobody"), 404);
            sendTo(other, POST, at + "/switch", Map.of("to", "totals"), 400);
            sendTo(other, DELETE, at, Map.of(), 409); // it runs
            JsonObject done = sendTo(other, POST, at + "/switch", Map.of("to", "totals-2"), 200)
                    .json();
            assertThat(done.getInteger("from")).isEqualTo(1);
            assertThat(done.getInteger("to")).isEqualTo(2);
            assertThat(done.getJsonArray("positions")).containsExactly(done.getJsonObject("position"));
            assertThat(done.getJsonArray("sinks").encode()).contains("shop/totals-2");
            assertThat(sendTo(other, GET, at + "-2", Map.of(), 200).json().getString("state"))
                    .isEqualTo("RUNNING");
            sendTo(other, DELETE, at, Map.of(), 204);
            sendTo(other, DELETE, at, Map.of(), 404);
            sendTo(other, DELETE, at + "-2", Map.of(), 409);
        }
    }

    private Response sendTo(ServedShop other, HttpMethod method, String path, Map<String, Object> body, int status) {
        Map<String, String> headers = body.isEmpty() ? Map.of() : Map.of("Content-Type", "application/json");
        Buffer bytes = body.isEmpty() ? Buffer.buffer() : Buffer.buffer(Json.encode(body));
        Response response = document.check(method, path, other.http.call(method, path, headers, bytes));
        assertThat(response.status()).as(path + ": " + response.body()).isEqualTo(status);
        return response;
    }

    // ---- aggregates

    @Test
    void commands_are_decided_and_states_are_read_at_versions() {
        String at = "/v1/aggregates/account/anna";
        assertThat(call(GET, "/v1/aggregates", 200).json().getJsonArray("names"))
                .containsExactly("account");
        Map<String, Object> deposit = Map.of(
                "command", Map.of("type", "deposit", "version", 1, "event", Map.of("amount", 100)), "commandId", "one");
        JsonObject accepted = send(POST, at + "/commands", deposit, 200).json();
        assertThat(accepted.getString("decided")).isEqualTo("accepted");
        assertThat(accepted.getLong("version")).isEqualTo(1);
        assertThat(accepted.getJsonObject("state").getInteger("event")).isEqualTo(100);
        assertThat(send(POST, at + "/commands", deposit, 200).json().getString("decided"))
                .isEqualTo("repeated");
        Map<String, Object> withdraw =
                Map.of("command", Map.of("type", "withdraw", "version", 1, "event", Map.of("amount", 500)));
        JsonObject rejected = send(POST, at + "/commands", withdraw, 200).json();
        assertThat(rejected.getString("decided")).isEqualTo("rejected");
        assertThat(rejected.getJsonObject("rejection").encode()).contains("the balance is 100");
        send(
                POST,
                at + "/commands",
                Map.of(
                        "command",
                        Map.of("type", "withdraw", "version", 1, "event", Map.of("amount", 30)),
                        "expectedVersion",
                        1),
                200);
        send(
                POST,
                at + "/commands",
                Map.of(
                        "command",
                        Map.of("type", "withdraw", "version", 1, "event", Map.of("amount", 30)),
                        "expectedVersion",
                        1),
                409);
        assertThat(send(POST, at + "/commands", Map.of("command", Map.of("type", "steal", "event", 1)), 400)
                        .json()
                        .getString("field"))
                .isEqualTo("command");
        assertThat(call(GET, at, 200).json().getJsonObject("state").getInteger("event"))
                .isEqualTo(70);
        assertThat(call(GET, at + "?version=1", 200)
                        .json()
                        .getJsonObject("state")
                        .getInteger("event"))
                .isEqualTo(100);
        call(GET, at + "?version=9", 404);
        assertThat(call(GET, at + "/events", 200).json().getJsonArray("events")).hasSize(2);
        call(GET, "/v1/aggregates/nobody/anna", 404);
    }

    // ---- shared states

    @Test
    void a_shared_state_is_replaced_if_it_has_the_revision() {
        String at = "/v1/states/shop/offer";
        assertThat(call(GET, "/v1/states", 200).json().getJsonArray("names")).containsExactly("shop/offer");
        Response initial = call(GET, at, 200);
        assertThat(initial.headers().get("ETag")).isEqualTo("\"0\"");
        Buffer pens = new JsonObject()
                .put("type", "order")
                .put("version", 1)
                .put("event", new JsonObject().put("item", "pen").put("count", 5))
                .toBuffer();
        call(PUT, at, Map.of("Content-Type", "application/json"), pens, 428);
        Map<String, String> first = Map.of("Content-Type", "application/json", "If-Match", "\"0\"");
        assertThat(call(PUT, at, first, pens, 200).headers().get("ETag")).isEqualTo("\"1\"");
        JsonObject stored = call(PUT, at, first, pens, 412).json().getJsonObject("stored");
        assertThat(stored.getLong("revision")).isEqualTo(1);
        assertThat(call(GET, at, 200).json().getJsonObject("value").getJsonObject("event"))
                .isEqualTo(new JsonObject().put("item", "pen").put("count", 5));
        call(DELETE, at, Map.of("If-Match", "\"1\""), Buffer.buffer(), 200);
        assertThat(call(GET, at, 200)
                        .json()
                        .getJsonObject("value")
                        .getJsonObject("event")
                        .getString("item"))
                .isEqualTo("none");
        call(GET, "/v1/states/shop/nobody", 404);
    }

    // ---- the service

    @Test
    void the_service_says_how_it_is() {
        call(GET, "/v1/health/live", 200);
        call(GET, "/v1/health/ready", 200);
        call(GET, "/v1/health", 200);
        assertThat(call(GET, "/v1/metrics", 200).body().toString()).contains("strandline");
        call(GET, "/v1/openapi.json", 200);
        assertThat(call(GET, "/v1/log", 200).json().getString("log"))
                .isEqualTo(
                        Objects.requireNonNull(LogPort.of(shop.log)).identity().id())
                .hasSize(32);
        call(GET, "/", 404);
        call(GET, "/v1/nothing", 404);
        Response none = call(POST, "/v1/health/live", 405);
        assertThat(none.headers().get("Allow")).isEqualTo("GET");
    }

    @Test
    void a_name_of_another_machine_is_no_name_of_a_local_server() {
        assertThat(call(GET, "/v1/scopes", Map.of("Host", "evil.example:7476"), Buffer.buffer(), 421)
                        .json()
                        .getString("field"))
                .isEqualTo("Host");
    }
}
