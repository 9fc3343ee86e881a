package io.strandline.server.rest;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.server.RestOptions;
import io.strandline.server.rest.Http.Response;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Requests with damaged bytes: each is refused, or does what it says. None is answered with 500, a stack trace, HTML or a place of the
 * server, and everybody else goes on.
 */
class MalformedRequestsTest {

    /** Connections that send damaged requests at the same time. */
    private static final int CONNECTIONS = 16;

    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})");

    private final ServedShop shop = new ServedShop(
            new RestOptions().setRequestMillis(20_000).setIdleMillis(20_000).setHeartbeatMillis(500));
    private final NetClient client = shop.vertx.createNetClient();

    @AfterEach
    void close() {
        shop.close();
    }

    @Test
    void a_damaged_request_harms_nobody_else() {
        damage(10_000, 20_261_130L);
    }

    @Test
    @Tag("soak")
    void a_million_damaged_requests_harm_nobody_else() {
        damage(1_000_000, 20_261_131L);
    }

    /** Whole requests, of which damaged ones are made. */
    private List<byte[]> requests() {
        String events = ServedShop.AT + "/events";
        List<String> all = new ArrayList<>();
        ApiDocument document = new ApiDocument(shop.http.get("/v1/openapi.json").json());
        document.operations()
                .forEach(operation -> all.add(request(
                        operation.method().name(), operation.path().replaceAll("\\{\\w+}", "orders"), "", "{}")));
        String order = "{\"key\":\"a\",\"type\":\"order\",\"version\":1,\"event\":{\"item\":\"pen\",\"count\":1},"
                + "\"headers\":{\"user\":\"anna\",\"raw\":{\"bytes\":\"AAEC\"}}}";
        all.add(request("POST", events, "Content-Type: application/json\r\n", order));
        all.add(request("POST", events, "Content-Type: application/json\r\n", "[" + order + "," + order + "]"));
        all.add(request("POST", events, "Content-Type: application/json\r\nIf-Match: \"4\"\r\n", order));
        all.add(request("POST", events, "Content-Type: application/x-ndjson\r\n", order + "\n" + order + "\n"));
        all.add("POST " + events + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                + "Accept: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(order.length() + 1) + "\r\n" + order + "\n\r\n0\r\n\r\n");
        all.add(request("GET", events + "?from=1:0,2:3&limit=10&maxBytes=100&wait=5", "", ""));
        all.add(request("GET", events + "?partition=1&offset=2", "Accept: application/x-ndjson\r\n", ""));
        all.add(request("GET", ServedShop.AT + "/keys/a%20b/events?direction=backward&fromVersion=3", "", ""));
        all.add(
                request(
                        "POST",
                        "/v1/scopes/shop/streams",
                        "Content-Type: application/json\r\n",
                        "{\"streamName\":\"x\",\"scalingPolicy\":{\"type\":\"BY_RATE_IN_KBYTES_PER_SEC\",\"targetRate\":7,"
                                + "\"scaleFactor\":2,\"minSegments\":2},\"retentionPolicy\":{\"type\":\"LIMITED_DAYS\",\"value\":1}}"));
        all.add(request(
                "POST",
                ServedShop.AT + "/scale",
                "Content-Type: application/json\r\n",
                "{\"seal\":[1],\"open\":[{\"from\":\"0000000000000000\",\"to\":\"ffffffffffffffff\"}]}"));
        all.add(request(
                "POST",
                "/v1/transactions/one/scopes/shop/streams/orders/events",
                "Content-Type: application/json\r\n",
                "{\"sequence\":0,\"events\":[" + order + "]}"));
        return all.stream()
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
    }

    private static String request(String method, String path, String headers, String body) {
        String length = body.isEmpty() || method.equals("GET") ? "" : "Content-Length: " + body.length() + "\r\n";
        String type = length.isEmpty() || headers.contains("Content-Type") ? "" : "Content-Type: application/json\r\n";
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + type + length + "\r\n"
                + (length.isEmpty() ? "" : body);
    }

    private void damage(int mutations, long seed) {
        shop.createStream(2);
        shop.exposeAccounts();
        List<byte[]> requests = requests();
        List<Future<Void>> runs = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            runs.add(new Run(requests, mutations / CONNECTIONS, new SplittableRandom(seed + i)).start());
        }
        Future<Void> all = Future.all(runs).mapEmpty();
        int answered = 0;
        while (!all.isComplete()) {
            Response response = shop.http.json(POST, ServedShop.AT + "/events", ServedShop.order("z", "ink", answered));
            // A damaged request may have deleted the stream.
            assertThat(response.status()).isIn(200, 404);
            assertThat(shop.http.get("/v1/health/ready").status()).isEqualTo(200);
            answered++;
        }
        get(all);
        assertThat(answered).isPositive();
        until(shop.vertx, "the ends of all damaged connections", () -> shop.server.connections() <= 1);
        assertThat(shop.http.call(GET, "/v1/scopes", Map.of(), Buffer.buffer()).status())
                .isEqualTo(200);
    }

    /** One connection after the other, each with one damaged request. */
    private final class Run {

        private final List<byte[]> requests;
        private final SplittableRandom random;
        private final Promise<Void> done = Promise.promise();
        private int left;

        Run(List<byte[]> requests, int mutations, SplittableRandom random) {
            this.requests = requests;
            this.random = random;
            this.left = mutations;
        }

        Future<Void> start() {
            next();
            return done.future();
        }

        private void next() {
            if (left == 0 || done.future().isComplete()) {
                done.tryComplete();
                return;
            }
            client.connect(shop.server.port(), "127.0.0.1").onComplete((socket, failure) -> {
                if (failure != null) {
                    done.tryFail(failure);
                } else {
                    send(socket, Math.min(left, random.nextInt(1, 30)));
                }
            });
        }

        /** Sends requests until one is not answered as the first of a connection is, then begins a new connection. */
        private void send(NetSocket socket, int most) {
            StringBuilder received = new StringBuilder();
            byte[] bytes = damaged();
            left--;
            long timer = shop.vertx.setTimer(30, late -> socket.close()); // it waits for more, and gets none
            socket.exceptionHandler(cause -> {});
            socket.closeHandler(closed -> {
                shop.vertx.cancelTimer(timer);
                next();
            });
            socket.handler(piece -> {
                received.append(piece.toString("ISO-8859-1"));
                check(bytes, received);
                if (isWhole(received) && most > 1 && left > 0 && shop.vertx.cancelTimer(timer)) {
                    socket.closeHandler(null);
                    send(socket, most - 1);
                }
            });
            socket.write(Buffer.buffer(bytes));
        }

        /** A response whose length is announced, and that has come. */
        private static boolean isWhole(StringBuilder received) {
            int head = received.indexOf("\r\n\r\n");
            Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(received);
            return head >= 0
                    && received.indexOf("HTTP/1.1 1") != 0
                    && received.indexOf("onnection: close") < 0
                    && (received.indexOf("HTTP/1.1 204") == 0
                            || (length.find() && received.length() == head + 4 + Integer.parseInt(length.group(1))));
        }

        private void check(byte[] sent, StringBuilder received) {
            Matcher status = STATUS.matcher(received);
            while (status.find()) {
                int code = Integer.parseInt(status.group(1));
                if (code >= 500 && code != 501 && code != 503) {
                    fail("status " + code, sent, received);
                }
            }
            String text = received.toString();
            if (text.contains("\tat ")
                    || text.contains("Exception")
                    || text.contains("<html")
                    || text.contains("/root/")) {
                fail("what nobody should see", sent, received);
            }
        }

        private void fail(String what, byte[] sent, StringBuilder received) {
            done.tryFail(new AssertionError(
                    what + " after\n" + new String(sent, StandardCharsets.ISO_8859_1) + "\n-----\n" + received));
        }

        private byte[] damaged() {
            byte[] bytes = requests.get(random.nextInt(requests.size())).clone();
            int damages = random.nextInt(0, 4);
            for (int i = 0; i < damages; i++) {
                bytes = damaged(bytes);
            }
            return bytes;
        }

        private byte[] damaged(byte[] bytes) {
            if (bytes.length < 2) {
                return bytes;
            }
            int at = random.nextInt(bytes.length);
            int length = Math.min(bytes.length - at, random.nextInt(1, 12));
            Buffer out = Buffer.buffer();
            switch (random.nextInt(6)) {
                case 0 -> { // another byte
                    bytes[at] = (byte) random.nextInt(256);
                    return bytes;
                }
                case 1 -> { // another printable byte
                    bytes[at] = (byte) random.nextInt(32, 127);
                    return bytes;
                }
                case 2 -> // some are missing
                    out.appendBytes(bytes, 0, at).appendBytes(bytes, at + length, bytes.length - at - length);
                case 3 -> // some come twice
                    out.appendBytes(bytes, 0, at + length).appendBytes(bytes, at, bytes.length - at);
                case 4 -> // the rest is missing
                    out.appendBytes(bytes, 0, at);
                default -> { // digits become others
                    for (int i = 0; i < bytes.length; i++) {
                        if (bytes[i] >= '0' && bytes[i] <= '9' && random.nextInt(4) == 0) {
                            bytes[i] = (byte) ('0' + random.nextInt(10));
                        }
                    }
                    return bytes;
                }
            }
            return out.getBytes();
        }
    }
}
