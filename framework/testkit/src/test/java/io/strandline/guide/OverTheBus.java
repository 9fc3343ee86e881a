package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.server.EventBusOptions;
import io.strandline.server.EventBusServer;
import io.strandline.server.ServedLog;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import java.util.function.Consumer;

/** The guide's examples of a log over the event bus. */
final class OverTheBus {

    private OverTheBus() {}

    // GUIDE: begin bus-serve
    static Future<EventBusServer> serve(Vertx vertx, Strandline log) {
        return EventBusServer.serve(vertx, ServedLog.of("shop", log), new EventBusOptions());
    }
    // GUIDE: end bus-serve

    // GUIDE: begin bus-append
    static Future<JsonObject> order(EventBus bus, long number) {
        JsonObject order = new JsonObject()
                .put("customer", "customer-7")
                .put("article", "tea")
                .put("pieces", 2);
        JsonObject event = new JsonObject()
                .put("key", "customer-7")
                .put("type", "order") // name and version, as a JsonCodec has them
                .put("version", 1)
                .put("event", order)
                .put("sequence", number);
        JsonObject request = new JsonObject()
                .put("stream", "shop/orders")
                .put("writer", "till-3") // with it, a request that is sent again appends nothing twice
                .put("events", new JsonArray().add(event));
        return bus.<JsonObject>request("strandline.shop.appendEvents", request).map(Message::body);
    }
    // GUIDE: end bus-append

    // GUIDE: begin bus-subscribe
    static final class Tail extends VerticleBase {

        private final String address = "strandline.shop.to." + UUID.randomUUID();
        private final Consumer<JsonObject> onEvent;
        private String subscription = "";

        Tail(Consumer<JsonObject> onEvent) {
            this.onEvent = onEvent;
        }

        @Override
        public Future<?> start() {
            return vertx.eventBus()
                    .<JsonObject>consumer(address, message -> take(message.body()))
                    .completion()
                    .compose(registered -> call(
                            "subscribe",
                            new JsonObject()
                                    .put("address", address)
                                    .put("from", "start") // or "end", a cut, {"time": milliseconds}
                                    .put("events", 500) // credit: on the way at once, at most
                                    .put("bytes", 65_536)))
                    .onSuccess(opened -> {
                        subscription = opened.getString("subscription");
                        vertx.setPeriodic(opened.getLong("leaseMillis") / 3, tick -> credit(new JsonObject()));
                    });
        }

        private void take(JsonObject message) {
            if (message.getBoolean("end", false)) {
                return; // with "failure", if it was one: subscribe again, from "next" of the last message
            }
            subscription = message.getString("subscription");
            message.getJsonArray("events").forEach(event -> onEvent.accept((JsonObject) event));
            credit(new JsonObject().put("received", message.getString("receipt")));
        }

        /** Gives credit back, or says without a receipt that the consumer lives. */
        private void credit(JsonObject request) {
            call("credit", request.put("subscription", subscription));
        }

        private Future<JsonObject> call(String operation, JsonObject request) {
            return vertx.eventBus()
                    .<JsonObject>request("strandline.shop." + operation, request.put("stream", "shop/orders"))
                    .map(Message::body);
        }
    }
    // GUIDE: end bus-subscribe
}
