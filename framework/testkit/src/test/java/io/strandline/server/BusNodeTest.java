package io.strandline.server;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.log.MemoryEngine;
import io.strandline.testkit.FreePort;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServerOptions;
import io.vertx.ext.bridge.BridgeOptions;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.eventbus.bridge.tcp.TcpEventBusBridge;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client of the TCP bridge that npm has for Node, which others wrote. It runs where {@code node} finds the package: {@code npm install
 * vertx3-tcp-eventbus-client}, and {@code NODE_PATH} names the folder {@code node_modules}.
 */
class BusNodeTest {

    private static final String PACKAGE = "vertx3-tcp-eventbus-client/lib/tcp-vertx-eventbus";
    private static final String STREAM = "shop/orders";

    private static final String SCRIPT = """
            const EventBus = require('%s');
            const bus = new EventBus('127.0.0.1', %d);
            const stream = '%s';
            const at = 'strandline.shop.';
            let seen = 0;
            bus.onopen = () => {
              bus.registerHandler(at + 'to.node', {}, (error, {body}) => {
                for (const {event} of body.events) {
                  console.log('event ' + event.number);
                  if (++seen === 30) process.exit(0);
                }
                bus.send(at + 'credit', {stream, subscription: body.subscription, received: body.receipt});
              });
              bus.send(at + 'subscribe', {stream, address: at + 'to.node', events: 4, bytes: 10000}, (error, reply) => {
                const events = [];
                for (let number = 0; number < 30; number++) events.push({key: 'k', event: {number}});
                bus.send(at + 'appendEvents', {stream, events}, (error, {body}) =>
                  console.log('appended ' + body.appended.length));
              });
              bus.send(at + 'describe', {stream: 'shop/none'}, error =>
                console.log(JSON.parse(error.message).code));
            };
            """;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        get(vertx.close());
    }

    @Test
    void a_client_in_node_appends_and_subscribes() throws Exception {
        assumeTrue(isThere(), "no node that finds " + PACKAGE);
        Strandline log =
                get(Strandline.open(vertx, "memory:", MemoryEngine.options().setShards(1)));
        get(log.catalog().createStream(STREAM, new StreamOptions().setCreateScope(true)));
        get(EventBusServer.serve(vertx, ServedLog.of("shop", log), new EventBusOptions()));
        int port = FreePort.next();
        BridgeOptions bridge = new BridgeOptions()
                .addInboundPermitted(new PermittedOptions().setAddressRegex("strandline\\.shop\\.[A-Za-z]+"))
                .addOutboundPermitted(new PermittedOptions().setAddressRegex("strandline\\.shop\\.to\\..+"));
        get(TcpEventBusBridge.create(vertx, bridge, new NetServerOptions()).listen(port, "127.0.0.1"));
        Path script = directory.resolve("client.js");
        Files.writeString(script, SCRIPT.formatted(PACKAGE, port, STREAM));
        List<String> said = node(script.toString());
        assertThat(said).contains("appended 30", "not_found");
        assertThat(said.stream().filter(line -> line.startsWith("event ")))
                .hasSize(30)
                .startsWith("event 0", "event 1")
                .endsWith("event 29");
    }

    private static boolean isThere() throws InterruptedException {
        try {
            return node("-e", "require('" + PACKAGE + "'); console.log('there')")
                    .contains("there");
        } catch (IOException noNode) {
            return false;
        }
    }

    private static List<String> node(String... arguments) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Stream.concat(Stream.of("node"), Stream.of(arguments)).toList())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said.lines().toList();
    }
}
