package io.strandline.server.rest;

import static io.strandline.log.Applications.atSomePace;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.until;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.rest.Http.Response;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one client can cost a REST server, and what ends its connection. */
class RestLimitsTest {

    private static final String EVENTS = ServedShop.AT + "/events";
    private static final long FAR_MILLIS = 3_000_000;
    private static final int LARGE_BYTES = 600_000;

    /** Of the test, which says what it takes. */
    private ServedShop shop = new ServedShop();

    private void serve(RestOptions options) {
        shop.close();
        shop = new ServedShop(options);
        shop.createStream(1);
    }

    @AfterEach
    void close() {
        shop.close();
    }

    private RawHttp raw() {
        return RawHttp.connect(shop.vertx, shop.server.port());
    }

    private static void answered(ServedShop shop, RawHttp client, int status) {
        until(shop.vertx, "the status " + status, () -> client.received()
                .matches("(?s)HTTP/1\\.[01] " + status + ".*"));
        assertThat(client.received()).contains("application/problem+json").doesNotContain("<html");
    }

    /** The server learns some time later that a client has left. Until then it has no room. */
    private static void untilTaken(Supplier<Response> request) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        for (Response response = request.get(); response.status() != 200; response = request.get()) {
            assertThat(response.status()).isEqualTo(503);
            assertThat(System.nanoTime()).as("until 200").isLessThan(deadline);
        }
    }

    /**
     * The server takes some time to read what fills its room. It is asked by bodies that are announced and do not come: they take nothing,
     * where one that comes could be what the body that fills the room is refused for.
     */
    private RawHttp untilRefused(int bytes) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            RawHttp announced = raw().send(bodyOf(bytes, "Expect: 100-continue\r\n"));
            until(shop.vertx, "a first answer", () -> announced.received().matches("(?s)HTTP/1\\.1 (100|503) .*"));
            if (announced.received().contains(" 503 ")) {
                return announced;
            }
            announced.close();
            assertThat(System.nanoTime()).as("until 503").isLessThan(deadline);
        }
    }

    private static String bodyOf(int bytes, String header) {
        return "POST " + EVENTS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + header
                + "Content-Length: " + bytes + "\r\n\r\n";
    }

    // ---- sizes

    @Test
    void a_body_that_is_too_long_is_refused_by_its_announcement() {
        serve(new RestOptions().setMaxBodyBytes(1 << 10));
        RawHttp client = raw();
        client.send("POST " + EVENTS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 1025\r\n\r\n");
        answered(shop, client, 413);
        get(client.closed());
        until(shop.vertx, "no connection", () -> shop.server.connections() == 0);
    }

    @Test
    void a_body_that_is_too_long_is_refused_when_it_has_come() {
        serve(new RestOptions().setMaxBodyBytes(1 << 10));
        RawHttp client = raw();
        client.send("POST " + EVENTS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n401\r\n" + "x".repeat(0x401) + "\r\n");
        answered(shop, client, 413);
        get(client.closed());
    }

    @Test
    void a_head_that_is_too_long_is_refused() {
        serve(new RestOptions().setMaxHeaderBytes(1 << 10));
        RawHttp line = raw().send("GET /" + "x".repeat(2_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        answered(shop, line, 414);
        get(line.closed());
        RawHttp header =
                raw().send("GET /v1/scopes HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(2_000) + "\r\n\r\n");
        answered(shop, header, 431);
        get(header.closed());
    }

    @Test
    void bodies_beyond_the_room_of_the_server_are_overloaded_and_those_that_end_give_it_back() {
        serve(new RestOptions()
                .setMaxBodyBytes(1 << 20)
                .setMaxHeldBytes(1 << 20)
                .setRequestMillis(FAR_MILLIS));
        RawHttp first = raw().send(bodyOf(1 << 20, "") + " ".repeat((1 << 20) - 1));
        RawHttp second = untilRefused(10);
        answered(shop, second, 503);
        assertThat(second.received()).contains("Retry-After: 1").contains("overloaded");
        first.close();
        untilTaken(() -> shop.http.json(POST, EVENTS, ServedShop.order("a", "pen", 1)));
    }

    /** The one that announces is told to go on, so the server has taken its request. */
    @Test
    void bodies_that_are_announced_and_do_not_come_keep_nobody_out() {
        serve(new RestOptions()
                .setMaxBodyBytes(1 << 20)
                .setMaxHeldBytes(1 << 20)
                .setRequestMillis(FAR_MILLIS));
        for (int i = 0; i < 17; i++) {
            RawHttp silent = raw().send(bodyOf(1 << 20, "Expect: 100-continue\r\n"));
            until(shop.vertx, "a sign to go on", () -> silent.received().contains("100 Continue"));
        }
        assertThat(shop.http.json(POST, EVENTS, ServedShop.order("a", "pen", 1)).status())
                .isEqualTo(200);
    }

    // ---- connections

    private static final String APPEND = bodyOf(ServedShop.order("a", "pen", 1).toString(), "");

    private static String bodyOf(String text, String header) {
        return bodyOf(text.length(), header) + text;
    }

    private long events() {
        return shop.http
                .call(GET, EVENTS + "?limit=100", Map.of(), Buffer.buffer())
                .json()
                .getJsonArray("events")
                .size();
    }

    /** A client that is told so sends what has no answer again, on another connection. */
    @ParameterizedTest
    @ValueSource(strings = {"HEAD /v1/log", "GET /v1/nothing", "DELETE /v1/log"})
    void what_comes_after_an_answer_that_closes_the_connection_is_not_served(String request) {
        serve(new RestOptions());
        RawHttp client = raw().send(request + " HTTP/1.1\r\nHost: localhost\r\n\r\n" + APPEND);
        get(client.closed());
        assertThat(client.received().toLowerCase(Locale.ROOT)).containsOnlyOnce("connection: close");
        assertThat(events()).isZero();
    }

    /** The next requests are there before the first answer has left, which takes many turns. */
    @Test
    void what_comes_while_a_last_answer_is_on_its_way_is_not_served() {
        serve(new RestOptions().setMaxPageBytes(64 << 20));
        largeEvents(40);
        String page = EVENTS + "?limit=400&maxBytes=" + (64 << 20);
        RawHttp client = raw().send("GET " + page + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
                + "HEAD /v1/log HTTP/1.1\r\nHost: localhost\r\n\r\n" + APPEND);
        get(client.closed());
        assertThat(client.received().length()).isGreaterThan(40 * LARGE_BYTES);
        assertThat(shop.http.call(GET, page, Map.of(), Buffer.buffer()).json().getJsonArray("events"))
                .hasSize(40);
    }

    @Test
    void a_response_to_an_old_client_that_stays_open_ends_with_its_connection() {
        serve(new RestOptions());
        shop.http.json(POST, EVENTS, ServedShop.order("a", "pen", 1));
        RawHttp client = raw().send("GET " + EVENTS + "?limit=1 HTTP/1.0\r\nHost: localhost\r\n"
                + "Connection: keep-alive\r\nAccept: application/x-ndjson\r\n\r\n");
        get(client.closed());
        assertThat(client.received()).contains(" 200 ").contains("pen");
    }

    /** The stream itself was deleted: the parts were taken away before a route was looked for. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/writers/%2e%2e",
                "/writers/..",
                "/writers/.%2E",
                "/subscribers/%2E%2e",
                "/writers/%2e",
                "/writers/w/../..",
                "/writers/w/%2e%2e/%2e%2e",
                "//",
                "/writers//"
            })
    void a_name_that_is_taken_away_from_a_path_is_refused(String name) {
        serve(new RestOptions());
        RawHttp client = raw().send(
                        "DELETE " + ServedShop.AT + name + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        answered(shop, client, 400);
        assertThat(shop.http.call(GET, ServedShop.AT, Map.of(), Buffer.buffer()).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {".a", "..a", "a..", "...", "%2e%2ea", "..%2F..%2Fa"})
    void a_name_with_dots_is_a_name(String name) {
        serve(new RestOptions());
        RawHttp client =
                raw().send("GET " + ServedShop.AT + "/keys/" + name + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        until(shop.vertx, "an answer", () -> client.received().startsWith("HTTP/1.1 200 "));
    }

    // ---- times

    @Test
    void a_half_sent_head_is_cut_though_its_bytes_go_on_coming() {
        serve(new RestOptions().setIdleMillis(300));
        RawHttp client = raw().send("GET /v1/scopes HTTP/1.1\r\nHost: localhost\r\nX: ");
        long drip = shop.vertx.setPeriodic(20, more -> client.send("x"));
        get(client.closed());
        shop.vertx.cancelTimer(drip);
        until(shop.vertx, "no connection", () -> shop.server.connections() == 0);
    }

    @Test
    void a_half_sent_body_is_answered_with_408_and_cut() {
        serve(new RestOptions().setRequestMillis(300));
        RawHttp client = raw().send("POST " + EVENTS
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
        long drip = shop.vertx.setPeriodic(20, more -> client.send(" "));
        answered(shop, client, 408);
        get(client.closed());
        shop.vertx.cancelTimer(drip);
    }

    /** The one with requests was there first, so it would be cut first. */
    @Test
    void a_client_without_a_request_is_cut_and_one_with_requests_is_not() {
        atSomePace("a client with requests lives on", 300, idleMillis -> {
            serve(new RestOptions().setIdleMillis(idleMillis));
            RawHttp asking = raw();
            long asks = shop.vertx.setPeriodic(
                    20, more -> asking.send("GET /v1/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            RawHttp silent = raw();
            get(silent.closed());
            boolean lives = !asking.isClosed();
            shop.vertx.cancelTimer(asks);
            get(asking.closed());
            return lives;
        });
    }

    // ---- numbers

    @Test
    void a_client_too_many_is_cut() {
        serve(new RestOptions().setMaxConnections(1));
        RawHttp first = raw();
        first.send("GET /v1/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        until(shop.vertx, "an answer", () -> first.received().contains("200 OK"));
        RawHttp second = raw();
        get(second.closed());
        assertThat(first.isClosed()).isFalse();
        first.close();
        until(shop.vertx, "no client", () -> shop.server.connections() == 0);
    }

    @Test
    void open_streams_beyond_the_limit_are_overloaded() {
        serve(new RestOptions().setMaxOpenStreams(1));
        String request = "GET " + EVENTS + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
        RawHttp first = raw().send(request);
        until(shop.vertx, "an open stream", () -> first.received().contains("200 OK"));
        RawHttp second = raw().send(request);
        answered(shop, second, 503);
        first.close();
        untilTaken(() -> shop.http.call(GET, EVENTS, Map.of("Accept", "application/x-ndjson"), Buffer.buffer()));
    }

    // ---- a client that never reads

    private void largeEvents(int events) {
        JsonObject large = new JsonObject().put("bytes", "A".repeat(LARGE_BYTES));
        for (int i = 0; i < events; i++) {
            assertThat(shop.http.json(POST, EVENTS, large).status()).isEqualTo(200);
        }
    }

    /** A client that asked for more than the buffers of both sockets take, and reads no more of it than its beginning. */
    private RawHttp greedy(String mediaType) {
        largeEvents(40);
        RawHttp greedy = raw().readOnce();
        greedy.send("GET " + EVENTS + "?limit=400&maxBytes=" + (64 << 20) + " HTTP/1.1\r\nHost: localhost\r\nAccept: "
                + mediaType + "\r\n\r\n");
        until(shop.vertx, "the beginning", () -> greedy.received().contains("200 OK"));
        return greedy;
    }

    /** What is sent tells a client that reads nothing that its connection is gone. */
    private void requireCut(RawHttp client) {
        long drip = shop.vertx.setPeriodic(20, more -> client.send("x"));
        get(client.closed());
        shop.vertx.cancelTimer(drip);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "application/x-ndjson", "application/json"})
    void a_client_that_reads_nothing_for_too_long_is_cut(String mediaType) {
        serve(new RestOptions().setMaxReplyBytes(64 << 10).setStallMillis(300).setMaxPageBytes(64 << 20));
        requireCut(greedy(mediaType));
        shop.http.until("/v1/scopes", scopes -> {
            assertThat(scopes.status()).isEqualTo(200);
            return shop.server.connections() == 1;
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "application/json"})
    void a_server_that_stops_does_not_wait_for_a_client_that_reads_nothing(String mediaType) {
        serve(new RestOptions()
                .setMaxPageBytes(64 << 20)
                .setStallMillis(FAR_MILLIS)
                .setHeartbeatMillis(FAR_MILLIS)
                .setDrainMillis(300));
        RawHttp greedy = greedy(mediaType);
        get(shop.server.close());
        assertThat(shop.server.connections()).isZero();
        requireCut(greedy);
    }

    // ---- addresses

    @Test
    void an_address_that_other_machines_reach_needs_insecure() {
        serve(new RestOptions());
        assertThat(refusal(RestServer.listen(
                        shop.serverVertx,
                        shop.served,
                        new RestOptions().setHost("0.0.0.0").setPort(0))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("insecure");
    }

    @Test
    void a_port_that_is_taken_is_unavailable() {
        serve(new RestOptions());
        assertThat(refusal(RestServer.listen(
                        shop.serverVertx, shop.served, new RestOptions().setPort(shop.server.port()))))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void a_server_that_stops_answers_what_has_come() {
        serve(new RestOptions());
        List<Future<Response>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Buffer event = new JsonObject(ServedShop.order("a", "pen", i)).toBuffer();
            answers.add(shop.http.send(POST, EVENTS, Map.of("Content-Type", "application/json"), event));
        }
        until(shop.vertx, "clients", () -> shop.server.connections() > 0);
        get(shop.server.close());
        assertThat(shop.server.connections()).isZero();
        int acknowledged = 0;
        for (Future<Response> answer : answers) {
            Response response =
                    get(answer.otherwise(new Response(0, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer())));
            acknowledged += response.status() == 200 ? 1 : 0;
        }
        int kept = acknowledged;
        long stored = get(shop.log.catalog().endCut(ServedShop.STREAM)).offsets().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        assertThat(stored).isGreaterThanOrEqualTo(kept);
    }
}
