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
import io.strandline.log.MemoryEngine;
import io.strandline.server.BusBridgeOptions.Protocol;
import io.strandline.testkit.FreePort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the bridges that a server opens let through, and to whom. */
class BusBridgesTest {

    private static final String APPEND = "strandline.shop.appendEvents";

    private final Vertx vertx = Vertx.vertx();
    private final WebSocketClient browser = vertx.createWebSocketClient();
    private ServedLog served;

    @BeforeEach
    void serve() {
        Strandline log = get(Strandline.open(vertx, "memory:", MemoryEngine.options()));
        get(log.catalog().createStream("shop/orders", new StreamOptions().setCreateScope(true)));
        served = ServedLog.of("shop", log);
        get(EventBusServer.serve(vertx, served, new EventBusOptions()));
        vertx.eventBus().consumer("private", message -> message.reply(new JsonObject()));
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private static BusBridgeOptions options(Protocol protocol) throws IOException {
        return new BusBridgeOptions().setProtocol(protocol).setPort(FreePort.next());
    }

    private BusBridge listen(BusBridgeOptions options) {
        return get(BusBridge.listen(vertx, served, options));
    }

    private static JsonObject order() {
        return new JsonObject()
                .put("stream", "shop/orders")
                .put(
                        "events",
                        new JsonArray().add(new JsonObject().put("key", "anna").put("event", "tea")));
    }

    // ---- TCP

    @Test
    void a_client_of_the_tcp_bridge_uses_the_log_and_nothing_else_of_the_bus() throws IOException {
        BusBridge bridge = listen(options(Protocol.TCP));
        BridgeClient client = get(BridgeClient.connect(vertx, bridge.port()));
        assertThat(get(client.call(APPEND, order())).getJsonArray("appended")).hasSize(1);
        Promise<JsonObject> got = Promise.promise();
        client.register("strandline.shop.to.me", got::tryComplete);
        get(client.call(
                "strandline.shop.subscribe",
                new JsonObject()
                        .put("stream", "shop/orders")
                        .put("address", "strandline.shop.to.me")
                        .put("events", 10)
                        .put("bytes", 10_000)));
        assertThat(get(got.future()).getJsonArray("events")).hasSize(1);
        Promise<JsonObject> refused = Promise.promise();
        client.onError(refused::tryComplete);
        client.send("private", new JsonObject());
        assertThat(get(refused.future()).getString("message")).contains("access_denied");
        get(bridge.close());
        assertThat(failure(BridgeClient.connect(vertx, bridge.port()))).isNotNull();
    }

    @Test
    void one_client_too_many_is_cut_off() throws IOException {
        BusBridge bridge = listen(options(Protocol.TCP).setMaxConnections(1));
        BridgeClient first = get(BridgeClient.connect(vertx, bridge.port()));
        get(first.call(APPEND, order()));
        BridgeClient second = get(BridgeClient.connect(vertx, bridge.port()));
        second.send(APPEND, order());
        get(second.closed());
        assertThat(get(first.call(APPEND, order())).getJsonArray("appended")).hasSize(1);
        assertThat(served.counts(Door.EVENT_BUS).statistics())
                .satisfies(of -> assertThat(of.connections()).isOne())
                .satisfies(of -> assertThat(of.overloaded()).isOne());
        get(bridge.close());
        until(vertx, "nobody", () -> served.counts(Door.EVENT_BUS).statistics().connections() == 0);
    }

    // ---- SockJS

    private Future<WebSocket> connect(BusBridge bridge, String origin) {
        return start(
                newContext(vertx),
                () -> browser.connect(new WebSocketConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(bridge.port())
                        .setURI("/eventbus/websocket")
                        .addHeader("Origin", origin)));
    }

    @Test
    void a_page_of_the_same_site_uses_the_log_over_sockjs() throws IOException {
        BusBridge bridge = listen(options(Protocol.SOCKJS));
        WebSocket page = get(connect(bridge, "http://127.0.0.1:" + bridge.port()));
        Promise<JsonObject> reply = Promise.promise();
        page.handler(message -> reply.tryComplete(new JsonObject(message)));
        get(page.writeTextMessage(new JsonObject()
                .put("type", "send")
                .put("address", APPEND)
                .put("replyAddress", "r")
                .put("body", order())
                .encode()));
        assertThat(get(reply.future()).getJsonObject("body").getJsonArray("appended"))
                .hasSize(1);
    }

    @Test
    void a_page_of_another_site_is_refused_unless_it_is_named() throws IOException {
        BusBridge bridge = listen(options(Protocol.SOCKJS));
        Throwable refused = failure(connect(bridge, "https://evil.example"));
        assertThat(refused).isInstanceOf(UpgradeRejectedException.class);
        assertThat(((UpgradeRejectedException) refused).getStatus()).isEqualTo(403);
        BusBridge named = listen(options(Protocol.SOCKJS).setOrigin("https://shop.example"));
        get(connect(named, "https://shop.example"));
    }

    // ---- options

    @Test
    void an_address_that_others_reach_needs_tls_and_security() throws IOException {
        for (Protocol protocol : Protocol.values()) {
            assertThat(failure(BusBridge.listen(vertx, served, options(protocol).setHost("0.0.0.0"))))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("tls and security");
        }
        assertThat(failure(BusBridge.listen(vertx, served, options(Protocol.TCP).setPort(0))))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(failure(
                        BusBridge.listen(vertx, served, options(Protocol.SOCKJS).setPath("bus"))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("path is bus");
        BusBridgeOptions taken = options(Protocol.TCP);
        listen(taken);
        assertThat(failure(BusBridge.listen(Vertx.vertx(), served, taken)))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void two_bridges_of_one_vertx_do_not_share_a_port() throws IOException {
        for (Protocol protocol : Protocol.values()) {
            BusBridgeOptions taken = options(protocol);
            BusBridge first = listen(taken);
            for (Protocol other : Protocol.values()) {
                assertThat(failure(BusBridge.listen(vertx, served, new BusBridgeOptions(taken).setProtocol(other))))
                        .isInstanceOf(StrandlineException.Unavailable.class)
                        .hasMessageContaining("another server of this Vert.x instance");
            }
            get(first.close());
            get(listen(taken).close());
        }
    }

    /** The system has the port for a moment longer than the server its socket. */
    @Test
    void a_door_that_was_closed_is_opened_at_its_port_again() throws IOException {
        int port = FreePort.next();
        for (int i = 0; i < 20; i++) {
            get(get(StrandlineServer.listen(vertx, served, new ServerOptions().setPort(port)))
                    .close());
            get(get(RestServer.listen(vertx, served, new RestOptions().setPort(port)))
                    .close());
            for (Protocol protocol : Protocol.values()) {
                get(listen(options(protocol).setPort(port)).close());
            }
        }
    }
}
