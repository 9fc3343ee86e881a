package io.strandline.samples.busclient;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Random;

/** Appends temperatures of some cities. It embeds nothing: what it knows of the log is an address and JSON. */
final class Thermometers extends VerticleBase {

    private static final String[] CITIES = {"Amsterdam", "Berlin", "Lisbon", "Oslo"};
    private static final long EVERY_MILLIS = 250;

    private final Random random = new Random(7);
    private final double[] degrees = {11, 9, 19, 4};
    private long number;

    @Override
    public Future<?> start() {
        vertx.setPeriodic(EVERY_MILLIS, tick -> measure());
        return Future.succeededFuture();
    }

    private void measure() {
        JsonArray events = new JsonArray();
        for (int i = 0; i < CITIES.length; i++) {
            degrees[i] = Math.round(10 * degrees[i] + random.nextInt(7) - 3) / 10.0;
            events.add(measured(CITIES[i], degrees[i], number++));
        }
        append(events);
    }

    // README: begin append
    private static JsonObject measured(String city, double degrees, long number) {
        return new JsonObject()
                .put("key", city)
                .put("type", "measured")
                .put("event", new JsonObject().put("city", city).put("degrees", degrees))
                .put("sequence", number);
    }

    private Future<Void> append(JsonArray events) {
        JsonObject request = new JsonObject()
                .put("stream", "weather/temperatures")
                .put("writer", deploymentID())
                .put("events", events);
        // With writer and sequence, a request that is sent again appends nothing twice.
        return vertx.eventBus()
                .<JsonObject>request("strandline.weather.appendEvents", request)
                .recover(failure -> vertx.eventBus().request("strandline.weather.appendEvents", request))
                .mapEmpty();
    }
    // README: end append
}
