package io.strandline.server;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;

/** What a server on the event bus takes of its clients. */
public class EventBusOptions {

    public static final int DEFAULT_MAX_REQUESTS = 1_024;
    public static final int DEFAULT_MAX_REQUEST_BYTES = 16 << 20;
    public static final int DEFAULT_MAX_READ_BYTES = 1 << 20;
    public static final int DEFAULT_MAX_WRITERS = 256;
    public static final int DEFAULT_MAX_SUBSCRIPTIONS = 10_000;
    public static final int DEFAULT_MAX_SUBSCRIPTIONS_OF_ONE = 1_000;
    public static final int DEFAULT_MAX_CREDIT_EVENTS = 10_000;
    public static final int DEFAULT_MAX_CREDIT_BYTES = 256 << 10;
    public static final long DEFAULT_MAX_CREDIT_BYTES_OF_ALL = 128L << 20;
    public static final int DEFAULT_READ_AHEAD_BYTES = 16 << 10;
    public static final int DEFAULT_MAX_MESSAGE_BYTES = 64 << 10;
    public static final long DEFAULT_LEASE_MILLIS = 30_000;
    public static final long DEFAULT_DRAIN_MILLIS = 5_000;

    private boolean insecure;
    private int maxRequests = DEFAULT_MAX_REQUESTS;
    private int maxRequestBytes = DEFAULT_MAX_REQUEST_BYTES;
    private int maxReadBytes = DEFAULT_MAX_READ_BYTES;
    private int maxWriters = DEFAULT_MAX_WRITERS;
    private int maxSubscriptions = DEFAULT_MAX_SUBSCRIPTIONS;
    private int maxSubscriptionsOfOne = DEFAULT_MAX_SUBSCRIPTIONS_OF_ONE;
    private int maxCreditEvents = DEFAULT_MAX_CREDIT_EVENTS;
    private int maxCreditBytes = DEFAULT_MAX_CREDIT_BYTES;
    private long maxCreditBytesOfAll = DEFAULT_MAX_CREDIT_BYTES_OF_ALL;
    private int readAheadBytes = DEFAULT_READ_AHEAD_BYTES;
    private int maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES;
    private long leaseMillis = DEFAULT_LEASE_MILLIS;
    private long drainMillis = DEFAULT_DRAIN_MILLIS;

    public EventBusOptions() {}

    public EventBusOptions(EventBusOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public EventBusOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("event bus options", json);
        this.insecure = in.flag("insecure", false);
        this.maxRequests = in.integer("maxRequests", DEFAULT_MAX_REQUESTS);
        this.maxRequestBytes = in.integer("maxRequestBytes", DEFAULT_MAX_REQUEST_BYTES);
        this.maxReadBytes = in.integer("maxReadBytes", DEFAULT_MAX_READ_BYTES);
        this.maxWriters = in.integer("maxWriters", DEFAULT_MAX_WRITERS);
        this.maxSubscriptions = in.integer("maxSubscriptions", DEFAULT_MAX_SUBSCRIPTIONS);
        this.maxSubscriptionsOfOne = in.integer("maxSubscriptionsOfOne", DEFAULT_MAX_SUBSCRIPTIONS_OF_ONE);
        this.maxCreditEvents = in.integer("maxCreditEvents", DEFAULT_MAX_CREDIT_EVENTS);
        this.maxCreditBytes = in.integer("maxCreditBytes", DEFAULT_MAX_CREDIT_BYTES);
        this.maxCreditBytesOfAll = in.whole("maxCreditBytesOfAll", DEFAULT_MAX_CREDIT_BYTES_OF_ALL);
        this.readAheadBytes = in.integer("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
        this.maxMessageBytes = in.integer("maxMessageBytes", DEFAULT_MAX_MESSAGE_BYTES);
        this.leaseMillis = in.whole("leaseMillis", DEFAULT_LEASE_MILLIS);
        this.drainMillis = in.whole("drainMillis", DEFAULT_DRAIN_MILLIS);
        in.end();
    }

    /** True if members of a cluster may use the log without credentials. False by default. */
    public boolean isInsecure() {
        return insecure;
    }

    /**
     * Allows to serve on a clustered Vert.x without {@link ServedLog#secured security}. Every member, and every client of a bridge that lets these addresses
     * through, may then do everything.
     */
    public EventBusOptions setInsecure(boolean insecure) {
        this.insecure = insecure;
        return this;
    }

    /**
     * Requests that are not answered, of all clients together. 1,024 by default. A further one fails with Overloaded. {@code credit} and
     * {@code cancel} are counted apart, with the same limit.
     */
    public int getMaxRequests() {
        return maxRequests;
    }

    /**
     * Sets the limit of requests.
     *
     * @param maxRequests 1 to 1,000,000
     */
    public EventBusOptions setMaxRequests(int maxRequests) {
        this.maxRequests = maxRequests;
        return this;
    }

    /** Most bytes of the events of one request, and of one binary request. 16 MiB by default. A longer one is Invalid. */
    public int getMaxRequestBytes() {
        return maxRequestBytes;
    }

    /**
     * Sets the longest request.
     *
     * @param maxRequestBytes 64 KiB to 1 GiB
     */
    public EventBusOptions setMaxRequestBytes(int maxRequestBytes) {
        this.maxRequestBytes = maxRequestBytes;
        return this;
    }

    /** Most bytes of the events of one reply, whatever the client asks for. 1 MiB by default. A single event or batch may be longer. */
    public int getMaxReadBytes() {
        return maxReadBytes;
    }

    /**
     * Sets the limit of one reply.
     *
     * @param maxReadBytes 16 KiB to 64 MiB
     */
    public EventBusOptions setMaxReadBytes(int maxReadBytes) {
        this.maxReadBytes = maxReadBytes;
        return this;
    }

    /** Writers that are kept open for the next append, one for each stream and for each writer id. 256 by default. Beyond it the one used least recently is closed. */
    public int getMaxWriters() {
        return maxWriters;
    }

    /**
     * Sets the limit of open writers.
     *
     * @param maxWriters 1 to 100,000
     */
    public EventBusOptions setMaxWriters(int maxWriters) {
        this.maxWriters = maxWriters;
        return this;
    }

    /** Subscriptions of all clients together. 10,000 by default. A further one fails with Overloaded. */
    public int getMaxSubscriptions() {
        return maxSubscriptions;
    }

    /**
     * Sets the limit of subscriptions.
     *
     * @param maxSubscriptions 1 to 1,000,000
     */
    public EventBusOptions setMaxSubscriptions(int maxSubscriptions) {
        this.maxSubscriptions = maxSubscriptions;
        return this;
    }

    /** Subscriptions of one authenticated caller. 1,000 by default. A further one fails with Overloaded. Callers without credentials share {@link #getMaxSubscriptions}. */
    public int getMaxSubscriptionsOfOne() {
        return maxSubscriptionsOfOne;
    }

    /**
     * Sets the limit of subscriptions of one caller.
     *
     * @param maxSubscriptionsOfOne 1 to 1,000,000
     */
    public EventBusOptions setMaxSubscriptionsOfOne(int maxSubscriptionsOfOne) {
        this.maxSubscriptionsOfOne = maxSubscriptionsOfOne;
        return this;
    }

    /** Most credit of one subscription, in events. 10,000 by default. A client that asks for more gets this much. */
    public int getMaxCreditEvents() {
        return maxCreditEvents;
    }

    /**
     * Sets the limit of credit in events.
     *
     * @param maxCreditEvents 1 to 1,000,000
     */
    public EventBusOptions setMaxCreditEvents(int maxCreditEvents) {
        this.maxCreditEvents = maxCreditEvents;
        return this;
    }

    /** Most credit of one subscription, in bytes. 256 KiB by default. A client that asks for more gets this much. An event counts its key, headers and payload, and 128 bytes. */
    public int getMaxCreditBytes() {
        return maxCreditBytes;
    }

    /**
     * Sets the limit of credit in bytes.
     *
     * @param maxCreditBytes 1 KiB to 1 GiB
     */
    public EventBusOptions setMaxCreditBytes(int maxCreditBytes) {
        this.maxCreditBytes = maxCreditBytes;
        return this;
    }

    /** Most credit of all subscriptions together, in bytes. 128 MiB by default. A subscription beyond it fails with Overloaded. So clients that do not read cost no more than this, and {@link #getReadAheadBytes} each. */
    public long getMaxCreditBytesOfAll() {
        return maxCreditBytesOfAll;
    }

    /**
     * Sets the limit of credit of all subscriptions.
     *
     * @param maxCreditBytesOfAll 64 KiB to 1 TiB
     */
    public EventBusOptions setMaxCreditBytesOfAll(long maxCreditBytesOfAll) {
        this.maxCreditBytesOfAll = maxCreditBytesOfAll;
        return this;
    }

    /** Bytes that a subscription holds of events for which it has no credit, or one batch of the log if that is more. 16 KiB by default. */
    public int getReadAheadBytes() {
        return readAheadBytes;
    }

    /**
     * Sets the bytes held without credit.
     *
     * @param readAheadBytes 1 KiB to 64 MiB
     */
    public EventBusOptions setReadAheadBytes(int readAheadBytes) {
        this.readAheadBytes = readAheadBytes;
        return this;
    }

    /** Bytes of events after which a message of a subscription ends. 64 KiB by default. One event may be longer. */
    public int getMaxMessageBytes() {
        return maxMessageBytes;
    }

    /**
     * Sets the length of messages.
     *
     * @param maxMessageBytes 1 KiB to 64 MiB
     */
    public EventBusOptions setMaxMessageBytes(int maxMessageBytes) {
        this.maxMessageBytes = maxMessageBytes;
        return this;
    }

    /** Time without a sign of its consumer, or with a message that is not acknowledged, after which a subscription ends, in milliseconds. 30 s by default. */
    public long getLeaseMillis() {
        return leaseMillis;
    }

    /**
     * Sets the lease of subscriptions.
     *
     * @param leaseMillis 100 to 3,600,000
     */
    public EventBusOptions setLeaseMillis(long leaseMillis) {
        this.leaseMillis = leaseMillis;
        return this;
    }

    /** How long a server that stops waits for the answers of the log, in milliseconds. 5 s by default. */
    public long getDrainMillis() {
        return drainMillis;
    }

    /**
     * Sets how long a server that stops waits.
     *
     * @param drainMillis 0 to 600,000
     */
    public EventBusOptions setDrainMillis(long drainMillis) {
        this.drainMillis = drainMillis;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("maxRequests", maxRequests, 1, 1_000_000);
        Limits.require("maxRequestBytes", maxRequestBytes, 64 << 10, 1 << 30);
        Limits.require("maxReadBytes", maxReadBytes, 16 << 10, 64 << 20);
        Limits.require("maxWriters", maxWriters, 1, 100_000);
        Limits.require("maxSubscriptions", maxSubscriptions, 1, 1_000_000);
        Limits.require("maxSubscriptionsOfOne", maxSubscriptionsOfOne, 1, 1_000_000);
        Limits.require("maxCreditEvents", maxCreditEvents, 1, 1_000_000);
        Limits.require("maxCreditBytes", maxCreditBytes, 1 << 10, 1 << 30);
        Limits.require("maxCreditBytesOfAll", maxCreditBytesOfAll, 64 << 10, 1L << 40);
        Limits.require("readAheadBytes", readAheadBytes, 1 << 10, 64 << 20);
        Limits.require("maxMessageBytes", maxMessageBytes, 1 << 10, 64 << 20);
        Limits.require("leaseMillis", leaseMillis, 100, 3_600_000);
        Limits.require("drainMillis", drainMillis, 0, 600_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("insecure", insecure)
                .put("maxRequests", maxRequests)
                .put("maxRequestBytes", maxRequestBytes)
                .put("maxReadBytes", maxReadBytes)
                .put("maxWriters", maxWriters)
                .put("maxSubscriptions", maxSubscriptions)
                .put("maxSubscriptionsOfOne", maxSubscriptionsOfOne)
                .put("maxCreditEvents", maxCreditEvents)
                .put("maxCreditBytes", maxCreditBytes)
                .put("maxCreditBytesOfAll", maxCreditBytesOfAll)
                .put("readAheadBytes", readAheadBytes)
                .put("maxMessageBytes", maxMessageBytes)
                .put("leaseMillis", leaseMillis)
                .put("drainMillis", drainMillis);
    }
}
