package io.strandline.server;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.log.MemoryEngine;
import io.strandline.server.BusBridgeOptions.Protocol;
import io.strandline.testkit.Chromium;
import io.strandline.testkit.ChromiumPage;
import io.strandline.testkit.FreePort;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.FileSystemAccess;
import io.vertx.ext.web.handler.StaticHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages in a real browser at the SockJS bridge, and the client that npm has for them, which others wrote. It runs where the folder {@code
 * node_modules} that {@code NODE_PATH} names has the packages {@code sockjs-client} and {@code @vertx/eventbus-bridge-client.js}.
 */
class BusBrowserTest {

    private static final String SOCKJS = "sockjs-client/dist/sockjs.min.js";
    private static final String CLIENT = "@vertx/eventbus-bridge-client.js/vertx-eventbus.js";
    private static final String STREAM = "shop/orders";

    private static final String PAGE = """
            <!doctype html>
            <meta charset="utf-8">
            <title>orders</title>
            <body>
            <script src="/npm/%s"></script>
            <script src="/npm/%s"></script>
            <script>
            function note(kind, text) {
              const item = document.createElement('li');
              item.className = kind;
              item.textContent = text;
              document.body.append(item);
            }

            function appendAndSubscribe(url, transport) {
              const bus = new EventBus(url, {transports: [transport]});
              const stream = '%s';
              const at = 'strandline.shop.';
              bus.onopen = () => {
                bus.registerHandler(at + 'to.page', (error, {body}) => {
                  body.events.forEach(({event}) => note('event', event.number));
                  bus.send(at + 'credit', {stream, subscription: body.subscription, received: body.receipt});
                });
                bus.send(at + 'subscribe', {stream, address: at + 'to.page', events: 4, bytes: 10000}, error => {
                  if (error) note('failure', error.message);
                  const events = [];
                  for (let number = 0; number < 30; number++) events.push({key: 'k', event: {number}});
                  bus.send(at + 'appendEvents', {stream, events}, (error, {body}) =>
                    note('appended', body.appended.length));
                });
                bus.send(at + 'describe', {stream: 'shop/none'}, error =>
                  note('refused', JSON.parse(error.message).code));
              };
            }
            </script>
            """.formatted(SOCKJS, CLIENT, STREAM);

    private static @Nullable Chromium browser;

    private final Vertx vertx = Vertx.vertx();
    private final Strandline log =
            get(Strandline.open(vertx, "memory:", MemoryEngine.options().setShards(1)));
    private final ServedLog served = ServedLog.of("shop", log);
    private String site;

    @BeforeAll
    static void startBrowser() throws IOException {
        assumeTrue(Chromium.isInstalled(), "Chromium is not installed");
        browser = Chromium.start();
    }

    @AfterAll
    static void endBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void serve() throws IOException {
        get(log.catalog().createStream(STREAM, new StreamOptions().setCreateScope(true)));
        get(EventBusServer.serve(vertx, served, new EventBusOptions()));
        Router router = Router.router(vertx);
        router.get("/page").handler(routing -> routing.response()
                .putHeader("Content-Type", "text/html")
                .end(PAGE));
        nodeModules().ifPresent(folder -> router.get("/npm/*")
                .handler(StaticHandler.create(
                        FileSystemAccess.ROOT, folder.toAbsolutePath().toString())));
        int port = FreePort.next();
        get(vertx.createHttpServer().requestHandler(router).listen(port, "127.0.0.1"));
        site = "http://127.0.0.1:" + port;
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private static Optional<Path> nodeModules() {
        return Stream.of(Objects.requireNonNullElse(System.getenv("NODE_PATH"), "")
                        .split(":", -1))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of)
                .filter(folder -> Files.exists(folder.resolve(SOCKJS)) && Files.exists(folder.resolve(CLIENT)))
                .findFirst();
    }

    private BusBridge bridge(@Nullable String origin) throws IOException {
        BusBridgeOptions options = new BusBridgeOptions()
                .setProtocol(Protocol.SOCKJS)
                .setPort(FreePort.next())
                .setOrigin(origin);
        return get(BusBridge.listen(vertx, served, options));
    }

    private ChromiumPage open() throws IOException {
        return Objects.requireNonNull(browser).open(site + "/page");
    }

    /** The second one is without WebSockets: two requests of HTTP, to another address than the page's. */
    @ParameterizedTest
    @ValueSource(strings = {"websocket", "xhr-streaming"})
    void the_client_from_npm_appends_and_subscribes(String transport) throws IOException {
        assumeTrue(nodeModules().isPresent(), "no NODE_PATH with " + CLIENT + " and " + SOCKJS);
        BusBridge bridge = bridge(site);
        try (ChromiumPage page = open()) {
            page.evaluate("appendAndSubscribe('http://127.0.0.1:" + bridge.port() + "/eventbus', '" + transport + "')");
            page.until("document.querySelectorAll('.event').length >= 30 && document.querySelector('.refused')"
                    + " && document.querySelector('.appended')");
            assertThat(page.texts(".event"))
                    .isEqualTo(
                            IntStream.range(0, 30).mapToObj(Integer::toString).toList());
            assertThat(page.texts(".appended")).containsExactly("30");
            assertThat(page.texts(".refused")).containsExactly("not_found");
            assertThat(page.texts(".failure")).isEmpty();
        }
    }

    @Test
    void a_page_of_another_site_is_refused_unless_it_is_named() throws IOException {
        BusBridge closed = bridge(null);
        BusBridge named = bridge(site);
        try (ChromiumPage page = open()) {
            assertThat(page.evaluate(connecting(closed))).isEqualTo("refused");
            assertThat(page.evaluate(connecting(named))).isEqualTo("open");
            String asking = "fetch('http://127.0.0.1:%d/eventbus/info').then(() => 'answered', () => 'refused')";
            assertThat(page.evaluate(asking.formatted(closed.port()))).isEqualTo("refused");
            assertThat(page.evaluate(asking.formatted(named.port()))).isEqualTo("answered");
        }
    }

    private static String connecting(BusBridge bridge) {
        return """
                new Promise(done => {
                  const socket = new WebSocket('ws://127.0.0.1:%d/eventbus/websocket');
                  socket.onopen = () => done('open');
                  socket.onerror = () => done('refused');
                })""".formatted(bridge.port());
    }
}
