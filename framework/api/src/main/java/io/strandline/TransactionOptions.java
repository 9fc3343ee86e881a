package io.strandline;

import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import org.jspecify.annotations.Nullable;

/** How a transaction is begun. */
public class TransactionOptions {

    public static final int MAX_ID_LENGTH = 200;
    public static final long MIN_LEASE_MILLIS = 100;
    public static final long MAX_LEASE_MILLIS = 24 * 3_600_000L;
    public static final long DEFAULT_LEASE_MILLIS = 30_000;
    public static final long DEFAULT_RETRY_TIMEOUT_MILLIS = 10_000;
    public static final int DEFAULT_MAX_UNACKNOWLEDGED_BYTES = 16 << 20;

    private @Nullable String id;
    private long leaseMillis = DEFAULT_LEASE_MILLIS;
    private boolean autoPing;
    private long retryTimeoutMillis = DEFAULT_RETRY_TIMEOUT_MILLIS;
    private int maxUnacknowledgedBytes = DEFAULT_MAX_UNACKNOWLEDGED_BYTES;
    private TracingPolicy tracingPolicy = TracingPolicy.PROPAGATE;

    public TransactionOptions() {}

    public TransactionOptions(TransactionOptions other) {
        this(other.toJson());
        this.tracingPolicy = other.tracingPolicy; // null in JSON is the default, and here it is a fault
    }

    public TransactionOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("transaction options", json);
        this.id = in.text("id");
        this.leaseMillis = in.whole("leaseMillis", DEFAULT_LEASE_MILLIS);
        this.autoPing = in.flag("autoPing", false);
        this.retryTimeoutMillis = in.whole("retryTimeoutMillis", DEFAULT_RETRY_TIMEOUT_MILLIS);
        this.maxUnacknowledgedBytes = in.integer("maxUnacknowledgedBytes", DEFAULT_MAX_UNACKNOWLEDGED_BYTES);
        this.tracingPolicy = in.constant("tracingPolicy", TracingPolicy.PROPAGATE);
        in.end();
    }

    /** Id of the transaction in its log. Null, the default, for a random one. */
    public @Nullable String getId() {
        return id;
    }

    /**
     * Sets the id, under which an application that crashed finds its transaction again.
     *
     * @param id 1 to {@value #MAX_ID_LENGTH} characters that no other transaction of the log has, or null
     */
    public TransactionOptions setId(@Nullable String id) {
        this.id = id;
        return this;
    }

    /** How long the transaction stays open after the last append or ping, in milliseconds. 30 s by default. */
    public long getLeaseMillis() {
        return leaseMillis;
    }

    /**
     * Sets the lease. The log measures it and aborts the transaction when the lease ends, at most a tenth of a second
     * late. After a crash of the log, a full lease begins.
     *
     * @param leaseMillis {@value #MIN_LEASE_MILLIS} to {@value #MAX_LEASE_MILLIS}
     */
    public TransactionOptions setLeaseMillis(long leaseMillis) {
        this.leaseMillis = leaseMillis;
        return this;
    }

    /** True if the handle pings by itself. False by default. */
    public boolean isAutoPing() {
        return autoPing;
    }

    /**
     * Makes the handle ping at each third of the lease until the transaction ends, the log is closed or the verticle is
     * undeployed. Off by default, because such a lease says that the process is alive, not that the work continues. A
     * forgotten transaction would keep its place forever.
     */
    public TransactionOptions setAutoPing(boolean autoPing) {
        this.autoPing = autoPing;
        return this;
    }

    /** How long a call of the transaction waits and is repeated until the log confirms it. 10 s by default. */
    public long getRetryTimeoutMillis() {
        return retryTimeoutMillis;
    }

    public TransactionOptions setRetryTimeoutMillis(long retryTimeoutMillis) {
        this.retryTimeoutMillis = retryTimeoutMillis;
        return this;
    }

    /** Unacknowledged bytes of events beyond which an append fails with Overloaded. 16 MiB by default. */
    public int getMaxUnacknowledgedBytes() {
        return maxUnacknowledgedBytes;
    }

    public TransactionOptions setMaxUnacknowledgedBytes(int maxUnacknowledgedBytes) {
        this.maxUnacknowledgedBytes = maxUnacknowledgedBytes;
        return this;
    }

    /** Which appends are spans, if Vert.x has a tracer. {@link TracingPolicy#PROPAGATE} by default. */
    public TracingPolicy getTracingPolicy() {
        return tracingPolicy;
    }

    /** Sets which appends of the transaction are spans, as {@link WriterOptions#setTracingPolicy} does for a writer. */
    public TransactionOptions setTracingPolicy(TracingPolicy tracingPolicy) {
        this.tracingPolicy = tracingPolicy;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        if (id != null) {
            Utf8.require("transaction id", id, MAX_ID_LENGTH);
        }
        Limits.require("leaseMillis", leaseMillis, MIN_LEASE_MILLIS, MAX_LEASE_MILLIS);
        Limits.require("retryTimeoutMillis", retryTimeoutMillis, 1, 3_600_000);
        Limits.require("maxUnacknowledgedBytes", maxUnacknowledgedBytes, 1, 1 << 30);
        Limits.requireConstant("tracingPolicy", tracingPolicy, TracingPolicy.class);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("id", id)
                .put("leaseMillis", leaseMillis)
                .put("autoPing", autoPing)
                .put("retryTimeoutMillis", retryTimeoutMillis)
                .put("maxUnacknowledgedBytes", maxUnacknowledgedBytes)
                .put("tracingPolicy", OptionsJson.nameOf(tracingPolicy));
    }
}
