package io.strandline.processing.group;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.vertx.core.json.JsonObject;

/** How one reader of a group behaves. */
public class GroupReaderOptions {

    public static final int DEFAULT_READ_AHEAD_BYTES = 4 << 20;
    public static final int DEFAULT_BATCH_EVENTS = 1_000;

    private int readAheadBytes = DEFAULT_READ_AHEAD_BYTES;
    private int batchEvents = DEFAULT_BATCH_EVENTS;
    private boolean rejoin = true;

    public GroupReaderOptions() {}

    public GroupReaderOptions(GroupReaderOptions other) {
        this(other.toJson());
    }

    /** Reads options. A missing option has its default. */
    public GroupReaderOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("group reader options", json);
        this.readAheadBytes = in.integer("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
        this.batchEvents = in.integer("batchEvents", DEFAULT_BATCH_EVENTS);
        this.rejoin = in.flag("rejoin", true);
        in.end();
    }

    /**
     * Bytes that the reader may hold ahead of its handler. The default is 4 MiB. Each partition gets its part, and at
     * least 32 KiB.
     */
    public int getReadAheadBytes() {
        return readAheadBytes;
    }

    public GroupReaderOptions setReadAheadBytes(int readAheadBytes) {
        this.readAheadBytes = readAheadBytes;
        return this;
    }

    /** Most events of a batch, if the reader has a batch handler. The default is {@value #DEFAULT_BATCH_EVENTS}. */
    public int getBatchEvents() {
        return batchEvents;
    }

    public GroupReaderOptions setBatchEvents(int batchEvents) {
        this.batchEvents = batchEvents;
        return this;
    }

    /**
     * Whether a reader whose lease has ended joins again, as a new session. The default is true. Otherwise it ends with
     * Fenced.
     */
    public boolean isRejoin() {
        return rejoin;
    }

    public GroupReaderOptions setRejoin(boolean rejoin) {
        this.rejoin = rejoin;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws io.strandline.StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("readAheadBytes", readAheadBytes, 1, 1 << 30);
        Limits.require("batchEvents", batchEvents, 1, 1_000_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("readAheadBytes", readAheadBytes)
                .put("batchEvents", batchEvents)
                .put("rejoin", rejoin);
    }
}
