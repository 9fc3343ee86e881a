package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Progress;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Connections that send requests made before, so that the client costs little. Each sends the next one when it is answered. */
final class RestLoad extends VerticleBase {

    private static final int EVENT_BYTES = 100;
    private static final int KEYS = 10_000;
    private static final String OK = "HTTP/1.1 200 OK";
    /** In small letters: names of headers may be written in any. */
    private static final String LENGTH = "content-length: ";

    private static final String END_OF_HEAD = "\r\n\r\n";

    private final int port;
    private final int events;
    private final int connections;
    private final Progress progress = new Progress();
    /** Referred to while the load runs: Vert.x closes a client that nobody has, and its connections. */
    private @Nullable NetClient client;

    RestLoad(int port, int events, int connections) {
        this.port = port;
        this.events = events;
        this.connections = connections;
    }

    Progress progress() {
        return progress;
    }

    @Override
    public Future<?> start() {
        NetClient opened = vertx.createNetClient();
        client = opened;
        List<Future<Void>> all = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            int number = i;
            all.add(opened.connect(port, "127.0.0.1").map(socket -> {
                new Connection(socket, request(number)).send();
                return null;
            }));
        }
        return Future.all(all);
    }

    @Override
    public Future<?> stop() {
        return client == null ? Future.succeededFuture() : client.close();
    }

    private Buffer request(int connection) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < events; i++) {
            String key = "key-" + (connection * 7_919 + i * 104_729) % KEYS;
            String fixed = "{\"number\":" + i + ",\"text\":\"\"}";
            lines.append("{\"key\":\"")
                    .append(key)
                    .append("\",\"type\":\"noted\",\"version\":1,\"event\":")
                    .append(fixed, 0, fixed.length() - 2)
                    .append("x".repeat(EVENT_BYTES - fixed.length()))
                    .append("\"}}\n");
        }
        return Buffer.buffer("POST /v1/scopes/bench/streams/events/events HTTP/1.1\r\nHost: localhost\r\n"
                + "Content-Type: application/x-ndjson\r\nContent-Length: " + lines.length() + END_OF_HEAD + lines);
    }

    private final class Connection {

        private final NetSocket socket;
        private final Buffer request;
        private final StringBuilder received = new StringBuilder();
        private long sentNanos;

        Connection(NetSocket socket, Buffer request) {
            this.socket = socket;
            this.request = request;
            socket.handler(this::take);
            socket.closeHandler(closed -> progress.fail(new IllegalStateException("the server ended a connection")));
        }

        void send() {
            sentNanos = System.nanoTime();
            socket.write(request);
        }

        private void take(Buffer bytes) {
            received.append(bytes.toString("ISO-8859-1"));
            int head = received.indexOf(END_OF_HEAD);
            if (head < 0) {
                return;
            }
            int at = received.substring(0, head).toLowerCase(Locale.ROOT).indexOf(LENGTH);
            if (at < 0 || received.indexOf(OK) != 0) {
                progress.fail(new IllegalStateException(received.toString()));
                return;
            }
            int from = at + LENGTH.length();
            int length = Integer.parseInt(received.substring(from, received.indexOf("\r", from)));
            if (received.length() < head + END_OF_HEAD.length() + length) {
                return;
            }
            received.setLength(0);
            progress.record(System.nanoTime() - sentNanos);
            for (int i = 0; i < events; i++) {
                progress.count();
            }
            send();
        }
    }
}
