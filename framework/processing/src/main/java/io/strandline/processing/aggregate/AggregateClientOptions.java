package io.strandline.processing.aggregate;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** How aggregates that are open elsewhere are reached. See {@link Aggregates#connect}. */
public class AggregateClientOptions {

    public static final long DEFAULT_REQUEST_TIMEOUT_MILLIS = 10_000;
    public static final int DEFAULT_MAX_CALLS = 65_536;

    private @Nullable String address;
    private @Nullable String stream;
    private long requestTimeoutMillis = DEFAULT_REQUEST_TIMEOUT_MILLIS;
    private int maxCalls = DEFAULT_MAX_CALLS;

    public AggregateClientOptions() {}

    public AggregateClientOptions(AggregateClientOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value is of another type, or a name that does not exist
     */
    public AggregateClientOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("aggregate client options", json);
        this.address = in.text("address");
        this.stream = in.text("stream");
        this.requestTimeoutMillis = in.whole("requestTimeoutMillis", DEFAULT_REQUEST_TIMEOUT_MILLIS);
        this.maxCalls = in.integer("maxCalls", DEFAULT_MAX_CALLS);
        in.end();
    }

    /** Address on the event bus, as the owner has it ({@link AggregateOptions#setAddress}). Must be given. */
    public @Nullable String getAddress() {
        return address;
    }

    public AggregateClientOptions setAddress(@Nullable String address) {
        this.address = address;
        return this;
    }

    /** The stream of the aggregates' events, {@code scope/stream}. Must be given: an owner of another stream takes no call. */
    public @Nullable String getStream() {
        return stream;
    }

    public AggregateClientOptions setStream(@Nullable String stream) {
        this.stream = stream;
        return this;
    }

    /** How long a call waits for its answer, and is sent again while nobody takes it, in milliseconds. 10 s by default. */
    public long getRequestTimeoutMillis() {
        return requestTimeoutMillis;
    }

    public AggregateClientOptions setRequestTimeoutMillis(long requestTimeoutMillis) {
        this.requestTimeoutMillis = requestTimeoutMillis;
        return this;
    }

    /** Commands and queries under way from here. One more fails Overloaded. {@value #DEFAULT_MAX_CALLS} by default. */
    public int getMaxCalls() {
        return maxCalls;
    }

    public AggregateClientOptions setMaxCalls(int maxCalls) {
        this.maxCalls = maxCalls;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        if (address == null || address.isBlank()) {
            throw new StrandlineException.Invalid("address is " + (address == null ? "null" : "blank")
                    + ", it must name where the aggregates are reached");
        }
        if (stream == null) {
            throw new StrandlineException.Invalid("stream is null, it must name the stream of the aggregates' events");
        }
        StreamName.parse(stream);
        Limits.require("requestTimeoutMillis", requestTimeoutMillis, 1, 3_600_000);
        Limits.require("maxCalls", maxCalls, 1, 10_000_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("address", address)
                .put("stream", stream)
                .put("requestTimeoutMillis", requestTimeoutMillis)
                .put("maxCalls", maxCalls);
    }
}
