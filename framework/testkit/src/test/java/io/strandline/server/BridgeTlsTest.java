package io.strandline.server;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.client.TlsOptions;
import io.strandline.log.MemoryEngine;
import io.strandline.server.BusBridgeOptions.Protocol;
import io.strandline.server.security.PasswordHash;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.server.security.UserFile;
import io.strandline.testkit.FreePort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bridges encrypt, and their clients do what the rules permit them. */
class BridgeTlsTest {

    private static final String APPEND = "strandline.shop.appendEvents";
    private static final String READ = "strandline.shop.readEvents";
    private static final JsonObject ANNA = basic("anna", "secret");
    private static final JsonObject READER = basic("reader", "read");

    /** A client of either bridge. */
    private interface Client {
        Future<JsonObject> call(String address, JsonObject headers, JsonObject body);
    }

    private final Vertx vertx = Vertx.vertx();
    private final Vertx clients = Vertx.vertx();

    @TempDir
    private Path directory;

    private Certificates certificates;
    private Certificates.KeyFiles own;
    private ServedLog served;

    @BeforeEach
    void serve() throws IOException {
        certificates = new Certificates(directory);
        own = certificates.make("server", "CN=localhost");
        Strandline log = get(Strandline.open(vertx, "memory:", MemoryEngine.options()));
        get(log.catalog().createStream("shop/orders", new StreamOptions().setCreateScope(true)));
        UserFile users =
                UserFile.parse("").with("anna", List.of(), hash("secret")).with("reader", List.of(), hash("read"));
        Security security = get(Security.open(
                vertx,
                new SecurityOptions()
                        .setUsersFile(Files.writeString(directory.resolve("users"), users.text())
                                .toString())
                        .setRulesFile(Files.writeString(
                                        directory.resolve("rules"),
                                        "user:anna READ_UPDATE stream:shop/*\nuser:reader READ stream:shop/*\n")
                                .toString())));
        served = ServedLog.of("shop", log).secured(security);
        get(EventBusServer.serve(vertx, served, new EventBusOptions()));
    }

    @AfterEach
    void close() {
        get(clients.close());
        get(vertx.close());
    }

    private static PasswordHash hash(String password) {
        return PasswordHash.of(password.toCharArray(), 1_000);
    }

    private static JsonObject basic(String user, String password) {
        String pair = user + ":" + password;
        return new JsonObject()
                .put(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
    }

    private TlsOptions tls() {
        return new TlsOptions()
                .setCertificateFile(own.certificate().toString())
                .setKeyFile(own.key().toString())
                .setReloadMillis(10);
    }

    private BusBridge listen(Protocol protocol, TlsOptions tls) throws IOException {
        return get(BusBridge.listen(
                vertx,
                served,
                new BusBridgeOptions()
                        .setProtocol(protocol)
                        .setPort(FreePort.next())
                        .setTls(tls)));
    }

    // ---- clients

    private static <O extends ClientOptionsBase> O trusting(O options, Certificates.KeyFiles server) {
        options.setSsl(true)
                .setTrustOptions(
                        new PemTrustOptions().addCertPath(server.certificate().toString()));
        return options;
    }

    private static <O extends ClientOptionsBase> O showing(O options, Certificates.KeyFiles key) {
        options.setKeyCertOptions(new PemKeyCertOptions()
                .setCertPath(key.certificate().toString())
                .setKeyPath(key.key().toString()));
        return options;
    }

    private static NetClientOptions net() {
        return new NetClientOptions().setHostnameVerificationAlgorithm("HTTPS");
    }

    private Future<Client> connect(BusBridge bridge, Protocol protocol, Certificates.KeyFiles trusted) {
        return protocol == Protocol.TCP
                ? tcp(bridge, trusting(net(), trusted))
                : sockJs(bridge, trusting(new WebSocketClientOptions(), trusted));
    }

    private Future<Client> connectShowing(BusBridge bridge, Protocol protocol, Certificates.KeyFiles key) {
        return protocol == Protocol.TCP
                ? tcp(bridge, showing(trusting(net(), own), key))
                : sockJs(bridge, showing(trusting(new WebSocketClientOptions(), own), key));
    }

    private Future<Client> connectPlainly(BusBridge bridge, Protocol protocol) {
        return protocol == Protocol.TCP ? tcp(bridge, net()) : sockJs(bridge, new WebSocketClientOptions());
    }

    private Future<Client> tcp(BusBridge bridge, NetClientOptions options) {
        return start(newContext(clients), () -> BridgeClient.connect(clients, bridge.port(), options)
                .map(client -> client::call));
    }

    /** A page of the same site. */
    private Future<Client> sockJs(BusBridge bridge, WebSocketClientOptions options) {
        WebSocketClient browser = clients.createWebSocketClient(options);
        return start(newContext(clients), () -> browser.connect(new WebSocketConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(bridge.port())
                        .setURI("/eventbus/websocket")
                        .addHeader("Origin", (options.isSsl() ? "https" : "http") + "://127.0.0.1:" + bridge.port()))
                .map(page -> (address, headers, body) -> call(browser, page, address, headers, body)));
    }

    /** One at a time. */
    private static Future<JsonObject> call(
            WebSocketClient browser, WebSocket page, String address, JsonObject headers, JsonObject body) {
        Promise<JsonObject> reply = Promise.promise();
        page.handler(bytes -> {
            JsonObject message = new JsonObject(bytes);
            if (message.containsKey("failureCode")) {
                reply.tryFail(message.getString("message"));
            } else {
                reply.tryComplete(message.getJsonObject("body"));
            }
        });
        page.closeHandler(gone -> {
            browser.close(); // and so referred to: Vert.x closes a client that nobody has
            reply.tryFail("the connection is over");
        });
        page.writeTextMessage(new JsonObject()
                .put("type", "send")
                .put("address", address)
                .put("replyAddress", "r")
                .put("headers", headers)
                .put("body", body)
                .encode());
        return reply.future();
    }

    private static JsonObject order() {
        return new JsonObject()
                .put("stream", "shop/orders")
                .put(
                        "events",
                        new JsonArray().add(new JsonObject().put("key", "anna").put("event", "tea")));
    }

    private static JsonObject page() {
        return new JsonObject().put("stream", "shop/orders").put("from", "start");
    }

    // ---- what they may do

    @ParameterizedTest
    @EnumSource
    void a_client_with_the_right_trust_and_rights_uses_the_log(Protocol protocol) throws IOException {
        Client client = get(connect(listen(protocol, tls()), protocol, own));
        assertThat(get(client.call(APPEND, ANNA, order())).getJsonArray("appended"))
                .hasSize(1);
        assertThat(get(client.call(READ, ANNA, page())).getJsonArray("events")).hasSize(1);
        assertThat(get(client.call(READ, READER, page())).getJsonArray("events"))
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void encryption_gives_no_rights(Protocol protocol) throws IOException {
        Client client = get(connect(listen(protocol, tls()), protocol, own));
        assertThat(failure(client.call(APPEND, READER, order())))
                .hasMessageContaining("unauthorized")
                .hasMessageContaining("READ_UPDATE on stream:shop/orders");
        assertThat(failure(client.call(APPEND, new JsonObject(), order()))).hasMessageContaining("unauthorized");
        assertThat(failure(client.call(APPEND, basic("anna", "wrong"), order())))
                .hasMessageContaining("unauthorized");
        assertThat(get(client.call(READ, READER, page())).getJsonArray("events"))
                .isEmpty();
    }

    // ---- who is let in

    @ParameterizedTest
    @EnumSource
    void a_client_that_does_not_encrypt_is_not_served(Protocol protocol) throws IOException {
        BusBridge bridge = listen(protocol, tls());
        assertThat(failure(connectPlainly(bridge, protocol).compose(client -> client.call(READ, ANNA, page()))))
                .isNotNull();
        requireNobodyServed(bridge, protocol);
    }

    @ParameterizedTest
    @EnumSource
    void a_client_that_does_not_trust_the_certificate_does_not_connect(Protocol protocol) throws IOException {
        BusBridge bridge = listen(protocol, tls());
        Certificates.KeyFiles other = certificates.make("other", "CN=localhost", "other");
        assertThat(failure(connect(bridge, protocol, other))).isNotNull();
        requireNobodyServed(bridge, protocol);
    }

    /** What a client has done would be in the stream, and who is right is served. */
    private void requireNobodyServed(BusBridge bridge, Protocol protocol) {
        Client client = get(connect(bridge, protocol, own));
        assertThat(get(client.call(READ, READER, page())).getJsonArray("events"))
                .isEmpty();
        assertThat(bridge.connections()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void a_client_certificate_is_required_where_it_is_asked_for(Protocol protocol) throws IOException {
        Certificates.KeyFiles billing = certificates.make("billing", "CN=billing");
        Certificates.KeyFiles other = certificates.make("stranger", "CN=stranger");
        BusBridge bridge = listen(
                protocol,
                tls().setTrustFiles(List.of(billing.certificate().toString()))
                        .setClientCertificates(TlsOptions.ClientCertificates.REQUIRED));
        assertThat(failure(connect(bridge, protocol, own).compose(client -> client.call(APPEND, ANNA, order()))))
                .isNotNull();
        assertThat(failure(
                        connectShowing(bridge, protocol, other).compose(client -> client.call(APPEND, ANNA, order()))))
                .isNotNull();
        Client known = get(connectShowing(bridge, protocol, billing));
        assertThat(get(known.call(READ, READER, page())).getJsonArray("events")).isEmpty();
    }

    /** The TCP bridge reads certificates once. */
    @Test
    void a_renewed_certificate_is_seen_by_the_next_client_over_sockjs() throws IOException {
        BusBridge bridge = listen(Protocol.SOCKJS, tls());
        Client before = get(connect(bridge, Protocol.SOCKJS, own));
        Certificates.KeyFiles renewed = certificates.make("server", "CN=localhost", "renewed");
        AtomicBoolean isSeen = new AtomicBoolean();
        until(clients, "the new certificate", () -> {
            connect(bridge, Protocol.SOCKJS, renewed).onSuccess(connected -> isSeen.set(true));
            return isSeen.get();
        });
        assertThat(get(before.call(READ, READER, page())).getJsonArray("events"))
                .isEmpty();
    }
}
