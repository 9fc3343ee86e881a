package io.strandline;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * How the history of a key is read.
 *
 * <p>A <i>version</i> is the number of an event among the events of its key that the log still keeps. The oldest has
 * version 1. Truncation removes the oldest events, and so lowers the versions of the others. In a stream that is never
 * truncated, versions stay the same.
 */
public class HistoryOptions {

    public static final int DEFAULT_READ_AHEAD_BYTES = 1 << 20;

    private Direction direction = Direction.FORWARD;
    private @Nullable Long fromVersion;
    private long limit = Long.MAX_VALUE;
    private int readAheadBytes = DEFAULT_READ_AHEAD_BYTES;

    public HistoryOptions() {}

    public HistoryOptions(HistoryOptions other) {
        this.direction = other.direction;
        this.fromVersion = other.fromVersion;
        this.limit = other.limit;
        this.readAheadBytes = other.readAheadBytes;
    }

    /**
     * Reads the options. Missing options have their defaults.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public HistoryOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("history options", json);
        this.direction = in.constant("direction", Direction.FORWARD);
        this.fromVersion = !in.has("fromVersion") ? null : in.whole("fromVersion", 1);
        this.limit = in.whole("limit", Long.MAX_VALUE);
        this.readAheadBytes = in.integer("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
        in.end();
    }

    /** Forward, from old to new, by default. */
    public Direction getDirection() {
        return direction;
    }

    public HistoryOptions setDirection(Direction direction) {
        this.direction = direction;
        return this;
    }

    /** The version to begin with. Null, the default, means the oldest forward and the newest backward. */
    public @Nullable Long getFromVersion() {
        return fromVersion;
    }

    /**
     * Begins with this version, 1 or more. If it is past the newest one, a forward read ends at once and a backward read
     * begins with the newest. The events before it are counted, not handed over. A forward read pays as much for that as
     * for reading them. A backward read first counts all events up to the version.
     */
    public HistoryOptions setFromVersion(long fromVersion) {
        this.fromVersion = fromVersion;
        return this;
    }

    /** Maximum number of events to hand over. All by default. */
    public long getLimit() {
        return limit;
    }

    public HistoryOptions setLimit(long limit) {
        this.limit = limit;
        return this;
    }

    /**
     * Bytes of events that the reader may hold ahead of its handler, or one event if that is larger. 1 MiB by default.
     */
    public int getReadAheadBytes() {
        return readAheadBytes;
    }

    public HistoryOptions setReadAheadBytes(int readAheadBytes) {
        this.readAheadBytes = readAheadBytes;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("readAheadBytes", readAheadBytes, 1, 1 << 30);
        Limits.requireConstant("direction", direction, Direction.class);
        Limits.require("limit", limit, 0, Long.MAX_VALUE);
        if (fromVersion != null) {
            Limits.require("fromVersion", fromVersion, 1, Long.MAX_VALUE);
        }
    }

    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("direction", OptionsJson.nameOf(direction))
                .put("limit", limit)
                .put("readAheadBytes", readAheadBytes);
        return fromVersion == null ? json : json.put("fromVersion", fromVersion);
    }
}
