package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.log.MemoryEngine;
import io.strandline.testkit.sync.HazelcastMember;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A verticle of one member of a cluster uses the log of another member. */
class BusClusterTest {

    private static final String STREAM = "shop/orders";

    private final HazelcastMember owner = HazelcastMember.first();
    private final HazelcastMember other = owner.another();
    private final Strandline log =
            get(Strandline.open(owner.vertx(), "memory:", MemoryEngine.options().setShards(2)));

    @AfterEach
    void close() {
        other.close();
        owner.close();
    }

    /** Embeds nothing: what it knows of the log are addresses. */
    private static final class Tail extends VerticleBase {

        private final List<Integer> seen = new CopyOnWriteArrayList<>();

        @Override
        public Future<?> start() {
            String address = "strandline.shop.to.tail";
            MessageConsumer<JsonObject> consumer = vertx.eventBus().consumer(address, message -> take(message.body()));
            return consumer.completion()
                    .compose(registered -> call(
                            "subscribe",
                            new JsonObject()
                                    .put("stream", STREAM)
                                    .put("address", address)
                                    .put("events", 20)
                                    .put("bytes", 10_000)));
        }

        private void take(JsonObject message) {
            for (Object event : message.getJsonArray("events", new JsonArray())) {
                seen.add(((JsonObject) event).getInteger("event"));
            }
            if (message.containsKey("receipt")) {
                call(
                        "credit",
                        new JsonObject()
                                .put("stream", STREAM)
                                .put("subscription", message.getString("subscription"))
                                .put("received", message.getString("receipt")));
            }
        }

        Future<JsonObject> call(String operation, JsonObject request) {
            return vertx.eventBus()
                    .<JsonObject>request("strandline.shop." + operation, request)
                    .map(reply -> reply.body());
        }
    }

    @Test
    void a_verticle_of_another_member_appends_and_subscribes() {
        ServedLog served = ServedLog.of("shop", log);
        assertThat(refusal(EventBusServer.serve(owner.vertx(), served, new EventBusOptions())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("insecure");
        EventBusServer server = get(EventBusServer.serve(
                owner.vertx(), served, new EventBusOptions().setInsecure(true).setLeaseMillis(10_000)));
        get(log.catalog()
                .createStream(STREAM, new StreamOptions().setPartitions(1).setCreateScope(true)));
        Tail tail = new Tail();
        get(other.vertx().deployVerticle(tail));
        for (int i = 0; i < 10; i++) {
            JsonArray events = new JsonArray();
            IntStream.range(i * 10, i * 10 + 10)
                    .forEach(
                            event -> events.add(new JsonObject().put("key", "k").put("event", event)));
            get(tail.call("appendEvents", new JsonObject().put("stream", STREAM).put("events", events)));
        }
        until(owner.vertx(), "all events", () -> tail.seen.size() == 100);
        assertThat(tail.seen).isEqualTo(IntStream.range(0, 100).boxed().toList());
        other.close();
        until(owner.vertx(), "the end of a consumer whose member is gone", () -> server.subscriptions() == 0);
    }
}
