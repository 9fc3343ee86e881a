package io.strandline.benchmarks;

import io.vertx.core.json.JsonObject;

/**
 * The figures of one side in one round. A figure that the side does not have is {@link Double#NaN}.
 *
 * @param eventsPerSecond events completed inside the measured window
 * @param cpuMicrosPerEvent user and system time of all processes of the side
 * @param p50Millis median latency, from the call to its completion
 * @param p99Millis 99th percentile of the latency
 * @param longestMillis the longest latency
 * @param bytes what something takes in memory or on disk, as the benchmark says
 */
public record Measurement(
        double eventsPerSecond,
        double cpuMicrosPerEvent,
        double p50Millis,
        double p99Millis,
        double longestMillis,
        double bytes) {

    /** A measurement without the longest latency and without bytes. */
    public Measurement(double eventsPerSecond, double cpuMicrosPerEvent, double p50Millis, double p99Millis) {
        this(eventsPerSecond, cpuMicrosPerEvent, p50Millis, p99Millis, Double.NaN, Double.NaN);
    }

    /** Nothing was measured. */
    static final Measurement NONE = new Measurement(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    /** A measurement of one duration alone. */
    public static Measurement ofDuration(double millis) {
        return new Measurement(Double.NaN, Double.NaN, millis, millis);
    }

    /** A measurement of bytes alone. */
    public static Measurement ofBytes(double bytes) {
        return NONE.withBytes(bytes);
    }

    /** The same measurement with bytes. */
    public Measurement withBytes(double other) {
        return new Measurement(eventsPerSecond, cpuMicrosPerEvent, p50Millis, p99Millis, longestMillis, other);
    }

    /** The same measurement with other latencies. */
    public Measurement withLatencies(double p50, double p99, double longest) {
        return new Measurement(eventsPerSecond, cpuMicrosPerEvent, p50, p99, longest, bytes);
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        put(json, "eventsPerSecond", eventsPerSecond);
        put(json, "cpuMicrosPerEvent", cpuMicrosPerEvent);
        put(json, "p50Millis", p50Millis);
        put(json, "p99Millis", p99Millis);
        put(json, "longestMillis", longestMillis);
        put(json, "bytes", bytes);
        return json;
    }

    static Measurement fromJson(JsonObject json) {
        return new Measurement(
                json.getDouble("eventsPerSecond", Double.NaN),
                json.getDouble("cpuMicrosPerEvent", Double.NaN),
                json.getDouble("p50Millis", Double.NaN),
                json.getDouble("p99Millis", Double.NaN),
                json.getDouble("longestMillis", Double.NaN),
                json.getDouble("bytes", Double.NaN));
    }

    private static void put(JsonObject json, String field, double figure) {
        if (!Double.isNaN(figure)) { // JSON has no NaN
            json.put(field, figure);
        }
    }
}
