package io.strandline.sync.log;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.sync.spi.HistoryLimits;
import io.vertx.core.json.JsonObject;

/** How much a {@link LogRevisionStore} holds, and how long it tries. */
public class LogStoreOptions {

    /** Values of 512 KiB, 1,024 updates of together 4 MiB, and 256 writers. */
    public static final HistoryLimits DEFAULT_LIMITS = new HistoryLimits(512 << 10, 1_024, 4 << 20, 256);

    public static final int DEFAULT_MAX_OPEN_NAMES = 1_000;
    public static final int DEFAULT_MAX_CALLS_PER_NAME = 10_000;
    public static final long DEFAULT_APPEND_TIMEOUT_MILLIS = 5_000;

    private HistoryLimits limits = DEFAULT_LIMITS;
    private int maxOpenNames = DEFAULT_MAX_OPEN_NAMES;
    private int maxCallsPerName = DEFAULT_MAX_CALLS_PER_NAME;
    private long appendTimeoutMillis = DEFAULT_APPEND_TIMEOUT_MILLIS;

    public LogStoreOptions() {}

    public LogStoreOptions(LogStoreOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options. Missing options have their defaults.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public LogStoreOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("log store options", json);
        this.limits = new HistoryLimits(
                in.integer("maxValueBytes", DEFAULT_LIMITS.maxValueBytes()),
                in.integer("maxUpdatesKept", DEFAULT_LIMITS.maxUpdatesKept()),
                in.integer("maxBytesKept", DEFAULT_LIMITS.maxBytesKept()),
                in.integer("maxWritersKept", DEFAULT_LIMITS.maxWritersKept()));
        this.maxOpenNames = in.integer("maxOpenNames", DEFAULT_MAX_OPEN_NAMES);
        this.maxCallsPerName = in.integer("maxCallsPerName", DEFAULT_MAX_CALLS_PER_NAME);
        this.appendTimeoutMillis = in.whole("appendTimeoutMillis", DEFAULT_APPEND_TIMEOUT_MILLIS);
        in.end();
    }

    /** The limits for what is kept of a name, in memory and in its stream. {@link #DEFAULT_LIMITS} by default. */
    public HistoryLimits getLimits() {
        return limits;
    }

    /**
     * Sets the limits for what is kept of a name. An append is one batch of the log. So the log's {@code maxEventBytes}
     * has to be greater than the revisions of the largest append together, and greater than {@code maxValueBytes} and 32
     * bytes for each writer kept. An append or snapshot that does not fit fails with Invalid.
     *
     * @param limits the same for all stores of one log, because each store decides by its own limits
     */
    public LogStoreOptions setLimits(HistoryLimits limits) {
        this.limits = Limits.requireGiven("limits", limits);
        return this;
    }

    /**
     * Names with a reader, a writer and a history in memory. Above this number, the name that was unused for the longest
     * time is closed, and read again when it is used. If all are in use or watched, another name fails with Overloaded.
     * {@value #DEFAULT_MAX_OPEN_NAMES} by default.
     */
    public int getMaxOpenNames() {
        return maxOpenNames;
    }

    public LogStoreOptions setMaxOpenNames(int maxOpenNames) {
        this.maxOpenNames = maxOpenNames;
        return this;
    }

    /**
     * Unanswered calls of one name. Calls beyond that fail with Overloaded. {@value #DEFAULT_MAX_CALLS_PER_NAME} by
     * default.
     */
    public int getMaxCallsPerName() {
        return maxCallsPerName;
    }

    public LogStoreOptions setMaxCallsPerName(int maxCallsPerName) {
        this.maxCallsPerName = maxCallsPerName;
        return this;
    }

    /**
     * How long an append that the log could not confirm is repeated, before it fails with Unknown or Unavailable. {@value
     * #DEFAULT_APPEND_TIMEOUT_MILLIS} ms by default.
     */
    public long getAppendTimeoutMillis() {
        return appendTimeoutMillis;
    }

    public LogStoreOptions setAppendTimeoutMillis(long appendTimeoutMillis) {
        this.appendTimeoutMillis = appendTimeoutMillis;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws io.strandline.StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("maxOpenNames", maxOpenNames, 1, 100_000);
        Limits.require("maxCallsPerName", maxCallsPerName, 1, 1_000_000);
        Limits.require("appendTimeoutMillis", appendTimeoutMillis, 0, 3_600_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("maxValueBytes", limits.maxValueBytes())
                .put("maxUpdatesKept", limits.maxUpdatesKept())
                .put("maxBytesKept", limits.maxBytesKept())
                .put("maxWritersKept", limits.maxWritersKept())
                .put("maxOpenNames", maxOpenNames)
                .put("maxCallsPerName", maxCallsPerName)
                .put("appendTimeoutMillis", appendTimeoutMillis);
    }
}
