package io.strandline.server;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.server.security.AddressRange;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** How a REST server listens, and what it takes of its clients. */
public class RestOptions extends ListeningOptions<RestOptions> {

    public static final int DEFAULT_PORT = 7476;
    public static final int DEFAULT_MAX_OPEN_STREAMS = 10_000;
    public static final int DEFAULT_MAX_HEADER_BYTES = 16 << 10;
    public static final int DEFAULT_MAX_BODY_BYTES = 16 << 20;
    public static final int DEFAULT_MAX_HELD_BYTES = 256 << 20;
    public static final int DEFAULT_MAX_WRITERS = 1_000;
    public static final int DEFAULT_MAX_PAGE_EVENTS = 10_000;
    public static final int DEFAULT_MAX_PAGE_BYTES = 4 << 20;
    public static final int DEFAULT_MAX_REPLY_BYTES = 256 << 10;
    public static final long DEFAULT_MAX_WAIT_MILLIS = 60_000;
    public static final long DEFAULT_REQUEST_MILLIS = 30_000;
    public static final long DEFAULT_IDLE_MILLIS = 60_000;
    public static final long DEFAULT_HEARTBEAT_MILLIS = 15_000;

    private static final int MAX_TRUSTED_PROXIES = 100;

    private int maxOpenStreams = DEFAULT_MAX_OPEN_STREAMS;
    private int maxHeaderBytes = DEFAULT_MAX_HEADER_BYTES;
    private int maxBodyBytes = DEFAULT_MAX_BODY_BYTES;
    private int maxHeldBytes = DEFAULT_MAX_HELD_BYTES;
    private int maxWriters = DEFAULT_MAX_WRITERS;
    private int maxPageEvents = DEFAULT_MAX_PAGE_EVENTS;
    private int maxPageBytes = DEFAULT_MAX_PAGE_BYTES;
    private int maxReplyBytes = DEFAULT_MAX_REPLY_BYTES;
    private long maxWaitMillis = DEFAULT_MAX_WAIT_MILLIS;
    private long requestMillis = DEFAULT_REQUEST_MILLIS;
    private long idleMillis = DEFAULT_IDLE_MILLIS;
    private long heartbeatMillis = DEFAULT_HEARTBEAT_MILLIS;
    private List<String> trustedProxies = List.of();

    public RestOptions() {
        super(DEFAULT_PORT);
    }

    public RestOptions(RestOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public RestOptions(JsonObject json) {
        this(new OptionsJson("REST options", json));
    }

    private RestOptions(OptionsJson in) {
        super(DEFAULT_PORT, in);
        this.maxOpenStreams = in.integer("maxOpenStreams", DEFAULT_MAX_OPEN_STREAMS);
        this.maxHeaderBytes = in.integer("maxHeaderBytes", DEFAULT_MAX_HEADER_BYTES);
        this.maxBodyBytes = in.integer("maxBodyBytes", DEFAULT_MAX_BODY_BYTES);
        this.maxHeldBytes = in.integer("maxHeldBytes", DEFAULT_MAX_HELD_BYTES);
        this.maxWriters = in.integer("maxWriters", DEFAULT_MAX_WRITERS);
        this.maxPageEvents = in.integer("maxPageEvents", DEFAULT_MAX_PAGE_EVENTS);
        this.maxPageBytes = in.integer("maxPageBytes", DEFAULT_MAX_PAGE_BYTES);
        this.maxReplyBytes = in.integer("maxReplyBytes", DEFAULT_MAX_REPLY_BYTES);
        this.maxWaitMillis = in.whole("maxWaitMillis", DEFAULT_MAX_WAIT_MILLIS);
        this.requestMillis = in.whole("requestMillis", DEFAULT_REQUEST_MILLIS);
        this.idleMillis = in.whole("idleMillis", DEFAULT_IDLE_MILLIS);
        this.heartbeatMillis = in.whole("heartbeatMillis", DEFAULT_HEARTBEAT_MILLIS);
        this.trustedProxies = List.copyOf(in.texts("trustedProxies"));
        in.end();
    }

    @Override
    RestOptions self() {
        return this;
    }

    /** Responses and requests that may stay open for as long as their client likes: subscriptions, long polls and appends in one request. 10,000 by default. A further one fails with Overloaded. */
    public int getMaxOpenStreams() {
        return maxOpenStreams;
    }

    /**
     * Sets the limit of open streams.
     *
     * @param maxOpenStreams 1 to 1,000,000
     */
    public RestOptions setMaxOpenStreams(int maxOpenStreams) {
        this.maxOpenStreams = maxOpenStreams;
        return this;
    }

    /** Longest head of a request in bytes, its first line included. 16 KiB by default. A longer one is answered with 431, a longer first line with 414. */
    public int getMaxHeaderBytes() {
        return maxHeaderBytes;
    }

    /**
     * Sets the longest head.
     *
     * @param maxHeaderBytes 1 KiB to 1 MiB
     */
    public RestOptions setMaxHeaderBytes(int maxHeaderBytes) {
        this.maxHeaderBytes = maxHeaderBytes;
        return this;
    }

    /** Longest body of a request in bytes, and longest line of a request that stays open. 16 MiB by default. A longer one is answered with 413. */
    public int getMaxBodyBytes() {
        return maxBodyBytes;
    }

    /**
     * Sets the longest body.
     *
     * @param maxBodyBytes 1 KiB to 1 GiB
     */
    public RestOptions setMaxBodyBytes(int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
        return this;
    }

    /**
     * Bytes of all request bodies that the server holds at a time. 256 MiB by default. Beyond it further bodies fail with Overloaded. With
     * security one caller has a quarter of it at most, or the longest body if that is more.
     */
    public int getMaxHeldBytes() {
        return maxHeldBytes;
    }

    /**
     * Sets the bytes of bodies held at a time.
     *
     * @param maxHeldBytes 1 MiB to 2 GiB, and at least the longest body
     */
    public RestOptions setMaxHeldBytes(int maxHeldBytes) {
        this.maxHeldBytes = maxHeldBytes;
        return this;
    }

    /** Streams to which one event loop keeps a writer open. 1,000 by default. The one that was used longest ago makes room for a further one. */
    public int getMaxWriters() {
        return maxWriters;
    }

    /**
     * Sets the number of open writers.
     *
     * @param maxWriters 1 to 100,000
     */
    public RestOptions setMaxWriters(int maxWriters) {
        this.maxWriters = maxWriters;
        return this;
    }

    /** Most events of one page, whatever the client asks for. 10,000 by default. */
    public int getMaxPageEvents() {
        return maxPageEvents;
    }

    /**
     * Sets the largest page.
     *
     * @param maxPageEvents 1 to 1,000,000
     */
    public RestOptions setMaxPageEvents(int maxPageEvents) {
        this.maxPageEvents = maxPageEvents;
        return this;
    }

    /** Bytes of events after which a page ends. 4 MiB by default. A page has one event at least. */
    public int getMaxPageBytes() {
        return maxPageBytes;
    }

    /**
     * Sets the longest page.
     *
     * @param maxPageBytes 1 KiB to 256 MiB
     */
    public RestOptions setMaxPageBytes(int maxPageBytes) {
        this.maxPageBytes = maxPageBytes;
        return this;
    }

    /** Bytes of an open response that have not left, beyond which no further events are read for it. 256 KiB by default. As many are read ahead. A client that never reads costs no more. */
    public int getMaxReplyBytes() {
        return maxReplyBytes;
    }

    /**
     * Sets the limit of bytes of an open response.
     *
     * @param maxReplyBytes 4 KiB to 64 MiB
     */
    public RestOptions setMaxReplyBytes(int maxReplyBytes) {
        this.maxReplyBytes = maxReplyBytes;
        return this;
    }

    /** Longest wait of a long poll, in milliseconds. 60 s by default. */
    public long getMaxWaitMillis() {
        return maxWaitMillis;
    }

    /**
     * Sets the longest wait of a long poll.
     *
     * @param maxWaitMillis 0 to 3,600,000
     */
    public RestOptions setMaxWaitMillis(long maxWaitMillis) {
        this.maxWaitMillis = maxWaitMillis;
        return this;
    }

    /** Time in which a request must come whole once it has begun, in milliseconds. 30 s by default. Of a request that stays open it is the time for one line. Then its connection is cut. */
    public long getRequestMillis() {
        return requestMillis;
    }

    /**
     * Sets the time for a request.
     *
     * @param requestMillis 10 to 3,600,000
     */
    public RestOptions setRequestMillis(long requestMillis) {
        this.requestMillis = requestMillis;
        return this;
    }

    /** Time without a request after which a connection is cut, in milliseconds. 60 s by default. A head that is half sent is no request yet. */
    public long getIdleMillis() {
        return idleMillis;
    }

    /**
     * Sets the longest time without a request.
     *
     * @param idleMillis 10 to 3,600,000
     */
    public RestOptions setIdleMillis(long idleMillis) {
        this.idleMillis = idleMillis;
        return this;
    }

    /** Pause after which an open response gets an empty line, in milliseconds. 15 s by default. */
    public long getHeartbeatMillis() {
        return heartbeatMillis;
    }

    /**
     * Sets the pause between signs of life.
     *
     * @param heartbeatMillis 10 to 3,600,000
     */
    public RestOptions setHeartbeatMillis(long heartbeatMillis) {
        this.heartbeatMillis = heartbeatMillis;
        return this;
    }

    /**
     * Addresses and networks, such as {@code 10.0.0.7} and {@code 10.1.0.0/16}, of reverse proxies that are believed what they say in {@code
     * X-Forwarded-For}: failures of authentication count for the address that the last of them was called from, and the audit trail names it. None
     * by default: the header is ignored, and all clients of a proxy have its address.
     */
    public List<String> getTrustedProxies() {
        return trustedProxies;
    }

    /**
     * Sets the proxies that are believed.
     *
     * @param trustedProxies up to 100 addresses or networks, in numbers
     */
    public RestOptions setTrustedProxies(List<String> trustedProxies) {
        this.trustedProxies = List.copyOf(Limits.requireGiven("trustedProxies", trustedProxies));
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    @Override
    public void validate() {
        super.validate();
        Limits.require("maxOpenStreams", maxOpenStreams, 1, 1_000_000);
        Limits.require("maxHeaderBytes", maxHeaderBytes, 1 << 10, 1 << 20);
        Limits.require("maxBodyBytes", maxBodyBytes, 1 << 10, 1 << 30);
        Limits.require("maxHeldBytes", maxHeldBytes, maxBodyBytes, Integer.MAX_VALUE);
        Limits.require("maxWriters", maxWriters, 1, 100_000);
        Limits.require("maxPageEvents", maxPageEvents, 1, 1_000_000);
        Limits.require("maxPageBytes", maxPageBytes, 1 << 10, 256 << 20);
        Limits.require("maxReplyBytes", maxReplyBytes, 4 << 10, 64 << 20);
        Limits.require("maxWaitMillis", maxWaitMillis, 0, 3_600_000);
        Limits.require("requestMillis", requestMillis, 10, 3_600_000);
        Limits.require("idleMillis", idleMillis, 10, 3_600_000);
        Limits.require("heartbeatMillis", heartbeatMillis, 10, 3_600_000);
        Limits.require("trustedProxies", trustedProxies.size(), 0, MAX_TRUSTED_PROXIES);
        trustedProxies.forEach(AddressRange::of);
    }

    @Override
    public JsonObject toJson() {
        return super.toJson()
                .put("maxOpenStreams", maxOpenStreams)
                .put("maxHeaderBytes", maxHeaderBytes)
                .put("maxBodyBytes", maxBodyBytes)
                .put("maxHeldBytes", maxHeldBytes)
                .put("maxWriters", maxWriters)
                .put("maxPageEvents", maxPageEvents)
                .put("maxPageBytes", maxPageBytes)
                .put("maxReplyBytes", maxReplyBytes)
                .put("maxWaitMillis", maxWaitMillis)
                .put("requestMillis", requestMillis)
                .put("idleMillis", idleMillis)
                .put("heartbeatMillis", heartbeatMillis)
                .put("trustedProxies", new JsonArray(trustedProxies));
    }
}
