package io.strandline;

import io.vertx.core.json.JsonObject;

/** How a stream is created. */
public class StreamOptions {

    /** Most partitions of a stream. */
    public static final int MAX_PARTITIONS = 10_000;

    public static final int DEFAULT_PARTITIONS = 1;

    private int partitions = DEFAULT_PARTITIONS;

    public StreamOptions() {}

    public StreamOptions(StreamOptions other) {
        this.partitions = other.partitions;
    }

    public StreamOptions(JsonObject json) {
        this.partitions = json.getInteger("partitions", DEFAULT_PARTITIONS);
    }

    /** Number of partitions, {@value #DEFAULT_PARTITIONS} by default. */
    public int getPartitions() {
        return partitions;
    }

    /**
     * Sets the number of partitions.
     *
     * @param partitions 1 to {@value #MAX_PARTITIONS}
     */
    public StreamOptions setPartitions(int partitions) {
        this.partitions = partitions;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("partitions", partitions, 1, MAX_PARTITIONS);
    }

    public JsonObject toJson() {
        return new JsonObject().put("partitions", partitions);
    }
}
