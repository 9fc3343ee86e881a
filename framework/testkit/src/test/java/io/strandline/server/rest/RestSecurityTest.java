package io.strandline.server.rest;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.ReaderOptions;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.client.operation.Right;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.server.rest.Http.Response;
import io.strandline.server.rest.ServedShop.Order;
import io.strandline.server.security.AuditEvent;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.LogPort;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may do what over HTTP. */
class RestSecurityTest {

    private static final String EVENTS = ServedShop.AT + "/events";

    private final ServedShop shop = new ServedShop();
    private final AtomicReference<Right> right = new AtomicReference<>(Right.READ);
    private final Security security = Security.of(
            shown -> shown.authorization().filter("Bearer anna"::equals).isPresent()
                    ? Future.succeededFuture(Identity.of("anna", List.of()))
                    : Future.failedFuture(new StrandlineException.Unauthorized("not valid")),
            (who, needed, resource) ->
                    Future.succeededFuture(Objects.requireNonNull(right.get()).includes(needed)),
            new SecurityOptions().setAudit(false).setRecheckMillis(50));
    private final RestServer server =
            get(RestServer.listen(shop.serverVertx, shop.served.secured(security), new RestOptions().setPort(0)));
    private final Http http = new Http(shop.vertx, server.port());

    @AfterEach
    void close() {
        shop.close();
    }

    private Response as(String credentials, HttpMethod method, String path) {
        return http.call(method, path, Map.of("Authorization", credentials), Buffer.buffer());
    }

    @Test
    void nothing_but_health_and_the_document_is_answered_to_who_is_not_known() {
        shop.createStream(1);
        for (String path : List.of("/v1/scopes", EVENTS, "/v1/metrics", "/v1/scopes?nothing=1")) {
            Response refused = http.get(path);
            assertThat(refused.status()).as(path).isEqualTo(401);
            assertThat(refused.headers().get("WWW-Authenticate")).contains("Basic", "Bearer");
            assertThat(as("Bearer nobody", GET, path).status()).as(path).isEqualTo(401);
        }
        assertThat(http.get("/v1/health/ready").status()).isEqualTo(200);
        assertThat(http.get("/v1/openapi.json").status()).isEqualTo(200);
    }

    @Test
    void who_is_known_does_what_it_may() {
        shop.createStream(1);
        assertThat(as("Bearer anna", GET, EVENTS).status()).isEqualTo(200);
        assertThat(as("Bearer anna", DELETE, ServedShop.AT).status()).isEqualTo(403);
        right.set(Right.ADMIN);
        assertThat(as("Bearer anna", DELETE, ServedShop.AT).status()).isEqualTo(204);
    }

    private RestServer behindProxies(List<String> trusted, SecurityOptions options) {
        Security limited = Security.of(
                shown -> shown.authorization().filter("Bearer anna"::equals).isPresent()
                        ? Future.succeededFuture(Identity.of("anna", List.of()))
                        : Future.failedFuture(new StrandlineException.Unauthorized("not valid")),
                (who, needed, resource) -> Future.succeededFuture(true),
                options.setMaxFailures(1).setFailureWindowMillis(3_600_000));
        return get(RestServer.listen(
                shop.serverVertx,
                shop.served.secured(limited),
                new RestOptions().setPort(0).setTrustedProxies(trusted)));
    }

    private int status(RestServer of, String credentials, String forwarded) {
        Map<String, String> headers = Map.of("Authorization", credentials, "X-Forwarded-For", forwarded);
        return new Http(shop.vertx, of.port())
                .call(GET, "/v1/scopes", headers, Buffer.buffer())
                .status();
    }

    @Test
    void who_guesses_through_a_trusted_proxy_locks_itself_out_alone() {
        RestServer of = behindProxies(List.of("127.0.0.0/8"), new SecurityOptions());
        assertThat(status(of, "Bearer guess", "203.0.113.9")).isEqualTo(401);
        assertThat(status(of, "Bearer anna", "203.0.113.9")).isEqualTo(503);
        assertThat(status(of, "Bearer anna", "203.0.113.10")).isEqualTo(200);
        // What it sends itself is before what the proxy appends.
        assertThat(status(of, "Bearer anna", "203.0.113.10, 203.0.113.9")).isEqualTo(503);
        AtomicBoolean isThere = new AtomicBoolean();
        long timer = shop.vertx.setPeriodic(10, look -> shop.log
                .catalog()
                .endCut(AuditEvent.STREAM)
                .onSuccess(end -> isThere.compareAndSet(
                        false, end.offsets().values().stream().anyMatch(offset -> offset > 0))));
        until(shop.vertx, "an entry", isThere::get);
        shop.vertx.cancelTimer(timer);
        AtomicReference<AuditEvent> first = new AtomicReference<>();
        get(start(newContext(shop.vertx), () -> shop.log
                .subscribe(AuditEvent.STREAM, AuditEvent.CODEC, new ReaderOptions())
                .onSuccess(reader -> reader.handler(entry -> first.compareAndSet(null, entry.event())))));
        until(shop.vertx, "the entry", () -> first.get() != null);
        assertThat(Objects.requireNonNull(first.get()).from()).isEqualTo("rest 203.0.113.9");
    }

    @Test
    void who_is_no_trusted_proxy_is_not_believed() {
        RestServer of = behindProxies(List.of("10.0.0.0/8"), new SecurityOptions().setAudit(false));
        assertThat(status(of, "Bearer guess", "203.0.113.9")).isEqualTo(401);
        assertThat(status(of, "Bearer anna", "203.0.113.10")).isEqualTo(503);
    }

    /** Of a room for four of the longest bodies. */
    @Test
    void who_may_do_nothing_keeps_nobody_out_by_bodies_that_do_not_end() {
        shop.createStream(1);
        int longest = 1 << 20;
        Security two = Security.of(
                shown ->
                        Future.succeededFuture(Identity.of(shown.authorization().orElseThrow(), List.of())),
                (who, needed, resource) -> Future.succeededFuture(who.name().equals("anna")),
                new SecurityOptions().setAudit(false));
        RestServer of = get(RestServer.listen(
                shop.serverVertx,
                shop.served.secured(two),
                new RestOptions()
                        .setPort(0)
                        .setMaxBodyBytes(longest)
                        .setMaxHeldBytes(4 * longest)
                        .setRequestMillis(3_000_000)));
        List<RawHttp> bodies = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            bodies.add(RawHttp.connect(shop.vertx, of.port())
                    .send("POST " + EVENTS + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: bob\r\n"
                            + "Content-Type: application/json\r\nContent-Length: " + longest + "\r\n\r\n"
                            + " ".repeat(longest - 1)));
        }
        until(
                shop.vertx,
                "at most one is not refused", // one that is still being sent a second later is cut
                () -> bodies.stream()
                                .filter(body ->
                                        body.isClosed() || body.received().contains("of this caller"))
                                .count()
                        >= 3);
        String event = Json.encode(ServedShop.order("a", "pen", 1));
        Map<String, String> anna = Map.of("Authorization", "anna", "Content-Type", "application/json");
        Http door = new Http(shop.vertx, of.port());
        Buffer whole = Buffer.buffer(event + " ".repeat(longest - event.length()));
        assertThat(door.call(HttpMethod.POST, EVENTS, anna, whole).status()).isEqualTo(200);
        bodies.forEach(RawHttp::close);
    }

    /** Of a room for one of the longest bodies. */
    @Test
    void bodies_of_clients_that_leave_before_they_are_known_take_no_room() {
        shop.createStream(1);
        int longest = 1 << 16;
        Queue<Promise<Identity>> asked = new ConcurrentLinkedQueue<>();
        Security slow = Security.of(
                shown -> {
                    if (shown.authorization().filter("anna"::equals).isPresent()) {
                        return Future.succeededFuture(Identity.of("anna", List.of()));
                    }
                    Promise<Identity> answer = Promise.promise();
                    asked.add(answer);
                    return answer.future();
                },
                (who, needed, resource) -> Future.succeededFuture(true),
                new SecurityOptions().setAudit(false));
        RestServer of = get(RestServer.listen(
                shop.serverVertx,
                shop.served.secured(slow),
                new RestOptions().setPort(0).setMaxBodyBytes(longest).setMaxHeldBytes(4 * longest)));
        for (int i = 1; i <= 5; i++) {
            int clients = i;
            RawHttp leaving = RawHttp.connect(shop.vertx, of.port())
                    .send("POST " + EVENTS + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: bob\r\n"
                            + "Content-Type: application/json\r\nContent-Length: " + longest + "\r\n\r\n"
                            + " ".repeat(longest));
            until(shop.vertx, "bob is asked for", () -> asked.size() == clients);
            leaving.close();
            until(shop.vertx, "the connection is gone", () -> of.connections() == 0);
        }
        asked.forEach(answer -> answer.complete(Identity.of("anna", List.of())));
        String event = Json.encode(ServedShop.order("a", "pen", 1));
        Map<String, String> anna = Map.of("Authorization", "anna", "Content-Type", "application/json");
        Buffer whole = Buffer.buffer(event + " ".repeat(longest - event.length()));
        Http door = new Http(shop.vertx, of.port());
        assertThat(door.call(HttpMethod.POST, EVENTS, anna, whole).status()).isEqualTo(200);
    }

    @Test
    void an_authenticator_that_throws_is_no_answer_to_the_credentials() {
        Security throwing = Security.of(
                shown -> {
                    throw new IllegalStateException("secret");
                },
                (who, needed, resource) -> Future.succeededFuture(true),
                new SecurityOptions().setAudit(false).setMaxFailures(1));
        RestServer broken =
                get(RestServer.listen(shop.serverVertx, shop.served.secured(throwing), new RestOptions().setPort(0)));
        Http asking = new Http(shop.vertx, broken.port());
        for (int i = 0; i < 3; i++) {
            Response answer = asking.call(GET, "/v1/scopes", Map.of("Authorization", "Bearer anna"), Buffer.buffer());
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body().toString()).contains("who calls").doesNotContain("secret");
        }
    }

    /** What is asked after the change fails here, because it may not be asked. */
    @Test
    void a_change_that_was_made_is_not_answered_as_if_it_had_not_happened() {
        get(shop.log.catalog().createScope("shop"));
        Security hiding = Security.of(
                shown -> Future.succeededFuture(Identity.of("anna", List.of())),
                (who, needed, resource) -> shop.log
                        .catalog()
                        .describe(ServedShop.STREAM)
                        .transform((there, none) -> Future.succeededFuture(there == null || needed != Right.DESCRIBE)),
                new SecurityOptions().setAudit(false));
        RestServer hidden =
                get(RestServer.listen(shop.serverVertx, shop.served.secured(hiding), new RestOptions().setPort(0)));
        Http door = new Http(shop.vertx, hidden.port());
        JsonObject retention = new JsonObject().put("type", "LIMITED_DAYS").put("value", 7);
        Response created = send(
                door,
                HttpMethod.POST,
                "/v1/scopes/shop/streams",
                new JsonObject().put("streamName", "orders").put("retentionPolicy", retention));
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.json().getJsonObject("retentionPolicy").getLong("maxAgeMillis"))
                .isEqualTo(TimeUnit.DAYS.toMillis(7));
        JsonObject policy = new JsonObject().put("type", "FIXED_NUM_SEGMENTS");
        requireDone(send(door, HttpMethod.PUT, ServedShop.AT, new JsonObject().put("scalingPolicy", policy)));
        requireDone(
                send(door, HttpMethod.PUT, ServedShop.AT + "/state", new JsonObject().put("streamState", "SEALED")));
        assertThat(get(shop.log.catalog().describe(ServedShop.STREAM)).isSealed())
                .isTrue();
    }

    private static Response send(Http door, HttpMethod method, String path, JsonObject body) {
        Map<String, String> headers = Map.of("Authorization", "Bearer anna", "Content-Type", "application/json");
        return door.call(method, path, headers, body.toBuffer());
    }

    private static void requireDone(Response refused) {
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.json().getString("happened")).isEqualTo("yes");
        assertThat(refused.json().getBoolean("retryable")).isFalse();
    }

    // ---- an application that answers on threads of its own

    /** Completes on a thread of another Vert.x instance, when somebody listens. */
    private <T> Future<T> elsewhere(T value) {
        Promise<T> later = Promise.promise();
        shop.vertx.setTimer(1, due -> later.complete(value));
        return later.future();
    }

    private <T> Future<T> failingElsewhere(Throwable failure) {
        return elsewhere(failure).compose(Future::failedFuture);
    }

    private static <T> T noting(Class<T> type, T of, Set<String> methods, Runnable note) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (methods.contains(method.getName())) {
                        note.run();
                    }
                    return method.invoke(of, arguments);
                }));
    }

    /** Every revision is an old one. */
    @SuppressWarnings("unchecked") // of the application's own types
    private StateSynchronizer<Order, Order> conflicting() {
        return (StateSynchronizer<Order, Order>) Proxy.newProxyInstance(
                StateSynchronizer.class.getClassLoader(),
                new Class<?>[] {StateSynchronizer.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "name" -> StreamName.parse("shop/offer");
                    case "fetch" -> elsewhere(new Revisioned<>(3, new Order("pen", 1)));
                    default -> failingElsewhere(new StrandlineException.Conflict("it has revision 3"));
                });
    }

    @Test
    void a_request_goes_on_on_the_thread_of_its_connection_whoever_answers() {
        shop.createStream(1);
        Set<String> threads = ConcurrentHashMap.newKeySet();
        // What goes on is decided again on a thread of its own.
        Set<String> decided = ConcurrentHashMap.newKeySet();
        AtomicInteger decisions = new AtomicInteger();
        Runnable note = () -> threads.add(Thread.currentThread().getName());
        Security answering = Security.of(
                shown -> {
                    note.run();
                    return elsewhere(Identity.of("anna", List.of()));
                },
                (who, needed, resource) -> {
                    decided.add(Thread.currentThread().getName());
                    decisions.incrementAndGet();
                    return elsewhere(true);
                },
                new SecurityOptions().setAudit(false).setRecheckMillis(3_600_000));
        LogPort port = Objects.requireNonNull(LogPort.of(shop.log));
        ServedLog served = ServedLog.of(
                "elsewhere",
                LogPort.strandline(shop.serverVertx, noting(LogPort.class, port, Set.of("read", "awaitEvents"), note)));
        served.exposed().state(conflicting(), Order.CODEC);
        RestServer other =
                get(RestServer.listen(shop.serverVertx, served.secured(answering), new RestOptions().setPort(0)));
        Http door = new Http(shop.vertx, other.port());
        assertThat(shop.http
                        .json(HttpMethod.POST, EVENTS, ServedShop.order("a", "pen", 1))
                        .status())
                .isEqualTo(200);
        Buffer pens =
                Json.encodeToBuffer(Map.of("type", "order", "version", 1, "event", Map.of("item", "pen", "count", 5)));
        Map<String, String> anna = Map.of("Authorization", "Bearer anna");
        Map<String, String> first = new HashMap<>(anna);
        first.putAll(Map.of("Content-Type", "application/json", "If-Match", "\"0\""));
        for (int i = 0; i < 10; i++) {
            threads.clear();
            decided.clear();
            assertThat(door.call(GET, EVENTS, anna, Buffer.buffer()).status()).isEqualTo(200);
            assertThat(threads).as("a page").hasSize(1).isEqualTo(decided);

            threads.clear();
            decided.clear();
            assertThat(door.call(HttpMethod.PUT, "/v1/states/shop/offer", first, pens)
                            .status())
                    .isEqualTo(412);
            assertThat(threads).as("a change that is in conflict").hasSize(1).isEqualTo(decided);

            threads.clear();
            int before = decisions.get();
            RawHttp raw = RawHttp.connect(shop.vertx, other.port())
                    .send("GET " + EVENTS + "?limit=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer anna\r\n"
                            + "Accept: text/event-stream\r\n\r\n");
            until(shop.vertx, "an event", () -> raw.received().contains("data: "));
            until(shop.vertx, "whether it may go on is decided", () -> decisions.get() >= before + 2);
            raw.close();
            get(raw.closed());
            assertThat(threads).as("server-sent events").hasSize(1);
        }
    }

    private int begin(Map<String, String> headers) {
        Map<String, String> all = new HashMap<>(headers);
        all.put("Authorization", "Bearer anna");
        return http.call(HttpMethod.POST, "/v1/transactions", all, Buffer.buffer())
                .status();
    }

    /** The browser of who is known would send them with its credentials, and no preflight is asked for without a body. */
    @Test
    void pages_of_other_sites_change_nothing() {
        right.set(Right.ADMIN);
        String here = "http://127.0.0.1:" + server.port();
        for (Map<String, String> headers : List.of(
                Map.of("Origin", "https://evil.example"),
                Map.of("Origin", "null"),
                Map.of("Origin", here + ".evil.example"),
                Map.of("Origin", "http://localhost:1"),
                Map.of("Origin", here, "Sec-Fetch-Site", "same-site"),
                Map.of("Origin", here, "Sec-Fetch-Site", "cross-site"),
                Map.of("Sec-Fetch-Site", "cross-site"))) {
            assertThat(begin(headers)).as(headers.toString()).isEqualTo(403);
        }
        assertThat(get(shop.log.transactions().unfinished())).isEmpty();
        assertThat(begin(Map.of())).isEqualTo(201);
        assertThat(begin(Map.of("Origin", "http://127.0.0.1:" + server.port()))).isEqualTo(201);
        assertThat(begin(Map.of("Origin", "https://shop.example", "Sec-Fetch-Site", "same-origin")))
                .isEqualTo(201);
    }

    @Test
    void a_subscription_ends_when_its_right_does() {
        shop.createStream(1);
        RawHttp raw = RawHttp.connect(shop.vertx, server.port())
                .send(
                        "GET " + EVENTS
                                + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer anna\r\nAccept: text/event-stream\r\n\r\n");
        until(shop.vertx, "an open stream", () -> raw.received().contains("200 OK"));
        right.set(Right.DESCRIBE);
        until(shop.vertx, "its end", () -> raw.received().contains("unauthorized"));
        raw.close(); // a client that closes gives its open connections half a minute
        get(raw.closed());
    }
}
