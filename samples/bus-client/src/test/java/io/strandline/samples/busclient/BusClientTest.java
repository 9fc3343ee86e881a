package io.strandline.samples.busclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sample: its verticle, its page, and the script of the page in Node. */
class BusClientTest {

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = vertx.createHttpClient(); // Vert.x closes a client that nobody has
    private final WebSocketClient webSockets = vertx.createWebSocketClient();
    private int port;

    @BeforeEach
    void start() throws Exception {
        WeatherServer server = new WeatherServer(directory.resolve("log").toString(), 0);
        get(vertx.deployVerticle(server));
        get(vertx.deployVerticle(new Thermometers()));
        port = server.port();
    }

    @AfterEach
    void close() throws Exception {
        get(vertx.close());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/bus.js"})
    void the_page_is_there(String path) throws Exception {
        Buffer body = get(http.request(HttpMethod.GET, port, "127.0.0.1", path)
                .compose(request -> request.send())
                .compose(HttpClientResponse::body));
        assertThat(body.toString()).contains("subscribe");
    }

    @Test
    void a_browser_sees_temperatures_by_the_bridge_and_may_not_append() throws Exception {
        WebSocket socket = get(webSockets.connect(port, "127.0.0.1", "/eventbus/websocket"));
        Promise<JsonObject> first = Promise.promise();
        Promise<JsonObject> refused = Promise.promise();
        socket.handler(text -> {
            JsonObject frame = new JsonObject(text);
            if ("strandline.weather.to.test".equals(frame.getString("address"))) {
                first.tryComplete(frame.getJsonObject("body"));
            } else if ("err".equals(frame.getString("type"))) {
                refused.tryComplete(frame);
            }
        });
        socket.writeTextMessage(new JsonObject()
                .put("type", "register")
                .put("address", "strandline.weather.to.test")
                .encode());
        socket.writeTextMessage(new JsonObject()
                .put("type", "send")
                .put("address", "strandline.weather.subscribe")
                .put(
                        "body",
                        new JsonObject()
                                .put("stream", "weather/temperatures")
                                .put("address", "strandline.weather.to.test")
                                .put("events", 5)
                                .put("bytes", 10_000))
                .encode());
        JsonObject event = get(first.future()).getJsonArray("events").getJsonObject(0);
        assertThat(event.getString("type")).isEqualTo("measured");
        assertThat(event.getJsonObject("event").getString("city")).isEqualTo(event.getString("key"));
        socket.writeTextMessage(new JsonObject()
                .put("type", "send")
                .put("address", "strandline.weather.appendEvents")
                .put("body", new JsonObject())
                .encode());
        assertThat(get(refused.future()).encode()).contains("access_denied");
    }

    @Test
    void the_script_of_the_page_runs_in_node() throws Exception {
        assumeTrue(says("console.log(typeof WebSocket)", "function"), "no node with WebSocket on this machine");
        Path script = directory.resolve("tail.mjs");
        Files.writeString(
                script, """
                import {Bus, subscribe} from '%s';
                const bus = new Bus('ws://127.0.0.1:%d/eventbus/websocket');
                await bus.open;
                const seen = new Set();
                const {stop} = await subscribe(bus, 'weather', 'weather/temperatures', 'start', async events => {
                  for (const {event} of events) seen.add(event.city);
                  if (seen.size === 4) {
                    seen.forEach(city => console.log(city));
                    await stop();
                    bus.close();
                    process.exit(0);
                  }
                });
                """.formatted(Path.of("src/main/resources/web/bus.js").toUri(), port));
        assertThat(node(script.toString())).contains("Amsterdam", "Berlin", "Lisbon", "Oslo");
    }

    /** The client of the SockJS bridge that npm has, which others wrote. The second transport is that of who has no WebSockets. */
    @ParameterizedTest
    @ValueSource(strings = {"websocket", "xhr-streaming"})
    void the_client_from_npm_sees_temperatures_by_sockjs(String transport) throws Exception {
        assumeTrue(
                says("require('@vertx/eventbus-bridge-client.js'); console.log('there')", "there"),
                "no node that finds @vertx/eventbus-bridge-client.js");
        Path script = directory.resolve("sockjs.js");
        Files.writeString(script, """
                const EventBus = require('@vertx/eventbus-bridge-client.js');
                const bus = new EventBus('http://127.0.0.1:%d/eventbus', {transports: ['%s']});
                const at = 'strandline.weather.';
                const stream = 'weather/temperatures';
                const seen = new Set();
                bus.onopen = () => {
                  bus.registerHandler(at + 'to.npm', (error, {body}) => {
                    body.events.forEach(({event}) => seen.add(event.city));
                    bus.send(at + 'credit', {stream, subscription: body.subscription, received: body.receipt});
                    if (seen.size === 4) {
                      seen.forEach(city => console.log(city));
                      process.exit(0);
                    }
                  });
                  bus.send(at + 'subscribe', {stream, address: at + 'to.npm', events: 3, bytes: 9000}, error => {
                    if (error) console.log(error);
                  });
                };
                """.formatted(port, transport));
        assertThat(node(script.toString())).contains("Amsterdam", "Berlin", "Lisbon", "Oslo");
    }

    private static boolean says(String script, String expected) throws InterruptedException {
        try {
            return node("-e", script).contains(expected);
        } catch (IOException noNode) {
            return false;
        }
    }

    private static List<String> node(String... arguments) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Stream.concat(Stream.of("node", "--experimental-websocket"), Stream.of(arguments))
                                .toList())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said.lines().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Thermometers.java append", "WeatherServer.java serve"})
    void an_example_stands_in_the_readme_as_it_is(String fileAndName) throws IOException {
        String[] parts = fileAndName.split(" ", 2);
        String source = Files.readString(Path.of("src/main/java/io/strandline/samples/busclient", parts[0]));
        String begin = "// README: begin " + parts[1];
        String example =
                source.substring(source.indexOf(begin) + begin.length(), source.indexOf("// README: end " + parts[1]));
        assertThat(words(Files.readString(Path.of("../../README.md")))).contains(words(example));
    }

    private static String words(String text) {
        return String.join(" ", List.of(text.trim().split("\\s+")));
    }
}
