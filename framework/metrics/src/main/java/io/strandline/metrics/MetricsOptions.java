package io.strandline.metrics;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;

/** What {@link LogMetrics} looks at, and how often. */
public class MetricsOptions {

    public static final long DEFAULT_INTERVAL_MILLIS = 10_000;
    public static final int DEFAULT_MAX_STREAMS = 1_000;

    private long intervalMillis = DEFAULT_INTERVAL_MILLIS;
    private boolean streams = true;
    private boolean partitions;
    private int maxStreams = DEFAULT_MAX_STREAMS;

    public MetricsOptions() {}

    public MetricsOptions(MetricsOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public MetricsOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("metrics options", json);
        this.intervalMillis = in.whole("intervalMillis", DEFAULT_INTERVAL_MILLIS);
        this.streams = in.flag("streams", true);
        this.partitions = in.flag("partitions", false);
        this.maxStreams = in.integer("maxStreams", DEFAULT_MAX_STREAMS);
        in.end();
    }

    /** Time between two looks, in milliseconds. 10 s by default. */
    public long getIntervalMillis() {
        return intervalMillis;
    }

    /**
     * Sets the time between two looks.
     *
     * @param intervalMillis 100 to 3,600,000
     */
    public MetricsOptions setIntervalMillis(long intervalMillis) {
        this.intervalMillis = intervalMillis;
        return this;
    }

    /** True if each stream has meters. True by default. A look asks the catalog three questions for each stream, one after the other. */
    public boolean isStreams() {
        return streams;
    }

    /** Has each stream have meters, or none. */
    public MetricsOptions setStreams(boolean streams) {
        this.streams = streams;
        return this;
    }

    /** True if each open partition of the streams has meters too. False by default: a stream may have ten thousand. */
    public boolean isPartitions() {
        return partitions;
    }

    /** Has each open partition of the streams have meters, or none. */
    public MetricsOptions setPartitions(boolean partitions) {
        this.partitions = partitions;
        return this;
    }

    /** Most streams with meters, the first ones by their names. 1,000 by default. Others have none. */
    public int getMaxStreams() {
        return maxStreams;
    }

    /**
     * Sets the limit of streams.
     *
     * @param maxStreams 1 to 100,000
     */
    public MetricsOptions setMaxStreams(int maxStreams) {
        this.maxStreams = maxStreams;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("intervalMillis", intervalMillis, 100, 3_600_000);
        Limits.require("maxStreams", maxStreams, 1, 100_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("intervalMillis", intervalMillis)
                .put("streams", streams)
                .put("partitions", partitions)
                .put("maxStreams", maxStreams);
    }
}
