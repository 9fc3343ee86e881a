package io.strandline.processing.group;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.vertx.core.json.JsonObject;

/** How one reader of a group behaves. */
public class GroupReaderOptions {

    public static final int DEFAULT_READ_AHEAD_BYTES = 4 << 20;

    private int readAheadBytes = DEFAULT_READ_AHEAD_BYTES;
    private boolean rejoin = true;

    public GroupReaderOptions() {}

    public GroupReaderOptions(GroupReaderOptions other) {
        this(other.toJson());
    }

    /** Reads options. A missing option has its default. */
    public GroupReaderOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("group reader options", json);
        this.readAheadBytes = in.integer("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
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
    }

    public JsonObject toJson() {
        return new JsonObject().put("readAheadBytes", readAheadBytes).put("rejoin", rejoin);
    }
}
