package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.KilledChild;
import io.strandline.testkit.FreePort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of the TCP bridge of a server of 256 MB. The bridge queues what a client does not read, so the credit of the subscriptions is all that
 * bounds it: some clients read nothing, and say all the time that they live and that they have received something. One reads, and gets every
 * event.
 */
class BusBridgeTest {

    private static final String STREAM = "shop/orders";
    private static final int EVENTS_OF_REQUEST = 250;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = newContext(vertx);
    private final List<BridgeClient> deaf = new ArrayList<>();

    @AfterEach
    void close() {
        get(vertx.close());
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void clients_that_never_read_cost_no_more_than_their_credit() throws Exception {
        // Each of them would be sent 40 MB.
        run(100, 40);
    }

    @Tag("soak")
    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void clients_that_never_read_cost_no_more_for_long() throws Exception {
        run(300, 1_000);
    }

    private void run(int clients, int megabytes) throws Exception {
        int port = FreePort.next();
        AtomicReference<@Nullable Future<Long>> load = new AtomicReference<>();
        new KilledChild(directory.resolve("errors"))
                .run(
                        BusServerChild.class,
                        List.of(
                                directory.resolve("data").toString(),
                                Integer.toString(port),
                                STREAM,
                                Integer.toString(256 << 10)),
                        line -> {
                            assertThat(line).doesNotStartWith("F ");
                            if (line.startsWith("O")) {
                                load.set(start(context, () -> load(port, clients, megabytes)));
                            }
                            Future<Long> running = load.get();
                            return running != null && running.isComplete();
                        });
        Future<Long> done = load.get();
        assertThat(done).as("the server listened").isNotNull();
        assertThat(get(done)).isEqualTo(megabytes * 1_000L);
    }

    /** Completes with the number of events that the client has got that reads. */
    private Future<Long> load(int port, int clients, int megabytes) {
        List<Future<Void>> subscribed = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            subscribed.add(subscribeAndStopReading(port, "deaf" + i));
        }
        long events = megabytes * 1_000L;
        return Future.all(subscribed)
                .compose(all -> BridgeClient.connect(vertx, port))
                .compose(client -> {
                    Promise<Long> read = Promise.promise();
                    return subscribe(client, "reading", new Reading(client, events, read))
                            .compose(done -> append(client, events))
                            .compose(appended -> read.future());
                });
    }

    private Future<Void> subscribeAndStopReading(int port, String token) {
        return BridgeClient.connect(vertx, port).compose(client -> {
            deaf.add(client);
            return subscribe(client, token, message -> {}).map(id -> {
                client.stopReading();
                vertx.setPeriodic(500, tick -> {
                    JsonObject sign = new JsonObject().put("stream", STREAM).put("subscription", id);
                    client.send("strandline.shop.credit", sign);
                    client.send("strandline.shop.credit", sign.copy().put("received", "0".repeat(32)));
                });
                return null;
            });
        });
    }

    private static Future<String> subscribe(BridgeClient client, String token, Handler<JsonObject> handler) {
        String address = "strandline.shop.to." + token;
        client.register(address, handler);
        return client.call(
                        "strandline.shop.subscribe",
                        new JsonObject()
                                .put("stream", STREAM)
                                .put("address", address)
                                .put("events", 10_000)
                                .put("bytes", 1 << 20))
                .map(reply -> reply.getString("subscription"));
    }

    /** Appends events of 1 KB, a request after the other. */
    private static Future<Void> append(BridgeClient client, long events) {
        if (events <= 0) {
            return Future.succeededFuture();
        }
        JsonArray some = new JsonArray();
        for (int i = 0; i < Math.min(EVENTS_OF_REQUEST, events); i++) {
            some.add(new JsonObject().put("key", "k" + i % 7).put("event", "x".repeat(1_000)));
        }
        return client.call(
                        "strandline.shop.appendEvents",
                        new JsonObject().put("stream", STREAM).put("events", some))
                .transform((done, failure) -> {
                    if (failure == null) {
                        return append(client, events - EVENTS_OF_REQUEST);
                    }
                    return String.valueOf(failure.getMessage()).contains("\"overloaded\"")
                            ? append(client, events)
                            : Future.failedFuture(failure);
                });
    }

    /** Counts the events of a subscription, and acknowledges each message. */
    private static final class Reading implements Handler<JsonObject> {

        private final BridgeClient client;
        private final long events;
        private final Promise<Long> done;
        private long seen;

        Reading(BridgeClient client, long events, Promise<Long> done) {
            this.client = client;
            this.events = events;
            this.done = done;
        }

        @Override
        public void handle(JsonObject message) {
            if (message.getBoolean("end", false)) {
                done.tryFail(message.encode());
                return;
            }
            seen += message.getJsonArray("events").size();
            client.send(
                    "strandline.shop.credit",
                    new JsonObject()
                            .put("stream", STREAM)
                            .put("subscription", message.getString("subscription"))
                            .put("received", message.getString("receipt")));
            if (seen >= events) {
                done.tryComplete(seen);
            }
        }
    }
}
