package io.strandline.sync.bus;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.sync.spi.HistoryLimits;
import io.vertx.core.json.JsonObject;

/** Where members and the owner of a log meet, and how much either holds. */
public class BusOptions {

    public static final String DEFAULT_ADDRESS = "strandline.sync";
    public static final long DEFAULT_REQUEST_TIMEOUT_MILLIS = 2_000;
    public static final int DEFAULT_MAX_VALUE_BYTES = HistoryLimits.DEFAULT.maxValueBytes();
    public static final long DEFAULT_MAX_SERVED_BYTES = 64 << 20;
    public static final int DEFAULT_MAX_WATCHED_NAMES = 1_000;

    private String address = DEFAULT_ADDRESS;
    private long requestTimeoutMillis = DEFAULT_REQUEST_TIMEOUT_MILLIS;
    private int maxValueBytes = DEFAULT_MAX_VALUE_BYTES;
    private long maxServedBytes = DEFAULT_MAX_SERVED_BYTES;
    private int maxWatchedNames = DEFAULT_MAX_WATCHED_NAMES;

    public BusOptions() {}

    public BusOptions(BusOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options. Missing options have their defaults.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public BusOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("bus options", json);
        this.address = in.text("address", DEFAULT_ADDRESS);
        this.requestTimeoutMillis = in.whole("requestTimeoutMillis", DEFAULT_REQUEST_TIMEOUT_MILLIS);
        this.maxValueBytes = in.integer("maxValueBytes", DEFAULT_MAX_VALUE_BYTES);
        this.maxServedBytes = in.whole("maxServedBytes", DEFAULT_MAX_SERVED_BYTES);
        this.maxWatchedNames = in.integer("maxWatchedNames", DEFAULT_MAX_WATCHED_NAMES);
        in.end();
    }

    /** The event-bus address of the owner. {@value #DEFAULT_ADDRESS} by default. News go to {@code <address>.news}. */
    public String getAddress() {
        return address;
    }

    public BusOptions setAddress(String address) {
        this.address = Limits.requireGiven("address", address);
        return this;
    }

    /**
     * How long a member waits for one answer of the owner. {@value #DEFAULT_REQUEST_TIMEOUT_MILLIS} ms by default. After
     * that, a read fails with Unavailable and an append with Unknown, and a synchronizer retries either within {@link
     * io.strandline.sync.StateSyncOptions#getAnswerTimeoutMillis()}.
     */
    public long getRequestTimeoutMillis() {
        return requestTimeoutMillis;
    }

    public BusOptions setRequestTimeoutMillis(long requestTimeoutMillis) {
        this.requestTimeoutMillis = requestTimeoutMillis;
        return this;
    }

    /** Largest value that a member sends, 1 MiB by default. The owner's store makes the final decision. */
    public int getMaxValueBytes() {
        return maxValueBytes;
    }

    public BusOptions setMaxValueBytes(int maxValueBytes) {
        this.maxValueBytes = maxValueBytes;
        return this;
    }

    /**
     * Bytes of requests that the owner serves at a time. Requests beyond that fail with Overloaded. 64 MiB by default.
     */
    public long getMaxServedBytes() {
        return maxServedBytes;
    }

    public BusOptions setMaxServedBytes(long maxServedBytes) {
        this.maxServedBytes = maxServedBytes;
        return this;
    }

    /**
     * Names whose news the owner carries to the members, {@value #DEFAULT_MAX_WATCHED_NAMES} by default. Past that the name
     * that nobody asked for longest has no news until somebody asks for it again.
     */
    public int getMaxWatchedNames() {
        return maxWatchedNames;
    }

    public BusOptions setMaxWatchedNames(int maxWatchedNames) {
        this.maxWatchedNames = maxWatchedNames;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        if (address.isBlank()) {
            throw new StrandlineException.Invalid("address is blank, it must name where the owner is reached");
        }
        Limits.require("requestTimeoutMillis", requestTimeoutMillis, 1, 3_600_000);
        Limits.require("maxValueBytes", maxValueBytes, 1 << 10, 16 << 20);
        Limits.require("maxServedBytes", maxServedBytes, 1 << 20, 1L << 40);
        Limits.require("maxWatchedNames", maxWatchedNames, 1, 1_000_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("address", address)
                .put("requestTimeoutMillis", requestTimeoutMillis)
                .put("maxValueBytes", maxValueBytes)
                .put("maxServedBytes", maxServedBytes)
                .put("maxWatchedNames", maxWatchedNames);
    }
}
