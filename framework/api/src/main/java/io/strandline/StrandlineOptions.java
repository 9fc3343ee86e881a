package io.strandline;

import io.vertx.core.json.JsonObject;

/**
 * What every log has in common. An engine extends it with its own options, and reads them out of {@link #toJson()} if
 * it is handed this class or another engine's.
 */
public class StrandlineOptions {

    public static final int DEFAULT_MAX_EVENT_BYTES = 1 << 20;

    /** Most that {@link #setMaxEventBytes} takes, in bytes. */
    public static final int LARGEST_EVENT_BYTES = 8 << 20;

    private final JsonObject extra;
    private int maxEventBytes = DEFAULT_MAX_EVENT_BYTES;

    public StrandlineOptions() {
        this.extra = new JsonObject();
    }

    public StrandlineOptions(StrandlineOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options. Other keys are kept for the engine, which refuses keys that it does not know.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public StrandlineOptions(JsonObject json) {
        this.extra = json.copy();
        this.maxEventBytes = new OptionsJson("log options", json).integer("maxEventBytes", DEFAULT_MAX_EVENT_BYTES);
    }

    /** Largest event, key, type and headers included, in bytes. 1 MiB by default. A larger one is Invalid. */
    public int getMaxEventBytes() {
        return maxEventBytes;
    }

    /**
     * Sets the limit of one event.
     *
     * @param maxEventBytes 1 KiB to 8 MiB
     */
    public StrandlineOptions setMaxEventBytes(int maxEventBytes) {
        this.maxEventBytes = maxEventBytes;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("maxEventBytes", maxEventBytes, 1 << 10, LARGEST_EVENT_BYTES);
    }

    public JsonObject toJson() {
        return extra.copy().put("maxEventBytes", maxEventBytes);
    }
}
