package io.strandline.server;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;

/** How a server listens, and what it takes of its clients. */
public class ServerOptions extends ListeningOptions<ServerOptions> {

    public static final int DEFAULT_PORT = 7475;
    public static final int DEFAULT_MAX_FRAME_BYTES = 16 << 20;
    public static final int DEFAULT_MAX_REQUESTS_IN_FLIGHT = 1_024;
    public static final int DEFAULT_MAX_BYTES_IN_FLIGHT = 16 << 20;
    public static final int DEFAULT_MAX_WAITS = 10_000;
    public static final int DEFAULT_MAX_REPLY_BYTES = 4 << 20;
    public static final int DEFAULT_MAX_READ_BYTES = 1 << 20;
    public static final long DEFAULT_HELLO_MILLIS = 5_000;
    public static final long DEFAULT_FRAME_MILLIS = 30_000;
    public static final long DEFAULT_IDLE_MILLIS = 30_000;

    private int maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
    private int maxRequestsInFlight = DEFAULT_MAX_REQUESTS_IN_FLIGHT;
    private int maxBytesInFlight = DEFAULT_MAX_BYTES_IN_FLIGHT;
    private int maxWaits = DEFAULT_MAX_WAITS;
    private int maxReplyBytes = DEFAULT_MAX_REPLY_BYTES;
    private int maxReadBytes = DEFAULT_MAX_READ_BYTES;
    private long helloMillis = DEFAULT_HELLO_MILLIS;
    private long frameMillis = DEFAULT_FRAME_MILLIS;
    private long idleMillis = DEFAULT_IDLE_MILLIS;

    public ServerOptions() {
        super(DEFAULT_PORT);
    }

    public ServerOptions(ServerOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public ServerOptions(JsonObject json) {
        this(new OptionsJson("server options", json));
    }

    private ServerOptions(OptionsJson in) {
        super(DEFAULT_PORT, in);
        this.maxFrameBytes = in.integer("maxFrameBytes", DEFAULT_MAX_FRAME_BYTES);
        this.maxRequestsInFlight = in.integer("maxRequestsInFlight", DEFAULT_MAX_REQUESTS_IN_FLIGHT);
        this.maxBytesInFlight = in.integer("maxBytesInFlight", DEFAULT_MAX_BYTES_IN_FLIGHT);
        this.maxWaits = in.integer("maxWaits", DEFAULT_MAX_WAITS);
        this.maxReplyBytes = in.integer("maxReplyBytes", DEFAULT_MAX_REPLY_BYTES);
        this.maxReadBytes = in.integer("maxReadBytes", DEFAULT_MAX_READ_BYTES);
        this.helloMillis = in.whole("helloMillis", DEFAULT_HELLO_MILLIS);
        this.frameMillis = in.whole("frameMillis", DEFAULT_FRAME_MILLIS);
        this.idleMillis = in.whole("idleMillis", DEFAULT_IDLE_MILLIS);
        in.end();
    }

    @Override
    ServerOptions self() {
        return this;
    }

    /**
     * Longest frame that the server takes, in bytes. 16 MiB by default. A longer one ends its connection. A largest event of the log and
     * 128 KiB beside it must fit, and so must a parcel of a writer.
     */
    public int getMaxFrameBytes() {
        return maxFrameBytes;
    }

    /**
     * Sets the longest frame.
     *
     * @param maxFrameBytes 1 MiB to 1 GiB
     */
    public ServerOptions setMaxFrameBytes(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
        return this;
    }

    /**
     * Requests of one connection that are not answered, waits of readers not counted. 1,024 by default. Beyond it the connection is not
     * read until some are answered.
     */
    public int getMaxRequestsInFlight() {
        return maxRequestsInFlight;
    }

    /**
     * Sets the limit of requests in flight.
     *
     * @param maxRequestsInFlight 1 to 1,000,000
     */
    public ServerOptions setMaxRequestsInFlight(int maxRequestsInFlight) {
        this.maxRequestsInFlight = maxRequestsInFlight;
        return this;
    }

    /**
     * Bytes of the requests of one connection that are not answered, those that are no events counted sixteenfold. 16 MiB by default. Beyond it the connection is not read until
     * some are answered.
     */
    public int getMaxBytesInFlight() {
        return maxBytesInFlight;
    }

    /**
     * Sets the limit of bytes in flight.
     *
     * @param maxBytesInFlight 64 KiB to 1 GiB
     */
    public ServerOptions setMaxBytesInFlight(int maxBytesInFlight) {
        this.maxBytesInFlight = maxBytesInFlight;
        return this;
    }

    /** Waits of readers at the ends of partitions, of one connection. 10,000 by default. A further one fails with Overloaded. */
    public int getMaxWaits() {
        return maxWaits;
    }

    /**
     * Sets the limit of waits.
     *
     * @param maxWaits 1 to 1,000,000
     */
    public ServerOptions setMaxWaits(int maxWaits) {
        this.maxWaits = maxWaits;
        return this;
    }

    /**
     * Bytes of replies of one connection that are being read or have not left yet. 4 MiB by default. Beyond it reads of this client
     * wait, and when as many bytes have not left, the connection is not read. A client that never reads costs no more.
     */
    public int getMaxReplyBytes() {
        return maxReplyBytes;
    }

    /**
     * Sets the limit of bytes of replies.
     *
     * @param maxReplyBytes 64 KiB to 1 GiB
     */
    public ServerOptions setMaxReplyBytes(int maxReplyBytes) {
        this.maxReplyBytes = maxReplyBytes;
        return this;
    }

    /** Most bytes that one read asks the log for, whatever the client asks for. 1 MiB by default. A single batch may be longer. */
    public int getMaxReadBytes() {
        return maxReadBytes;
    }

    /**
     * Sets the limit of one read.
     *
     * @param maxReadBytes 16 KiB to 64 MiB
     */
    public ServerOptions setMaxReadBytes(int maxReadBytes) {
        this.maxReadBytes = maxReadBytes;
        return this;
    }

    /** Time in which a client must have greeted, in milliseconds. 5 s by default. Then its connection is cut. */
    public long getHelloMillis() {
        return helloMillis;
    }

    /**
     * Sets the time for the greeting.
     *
     * @param helloMillis 10 to 600,000
     */
    public ServerOptions setHelloMillis(long helloMillis) {
        this.helloMillis = helloMillis;
        return this;
    }

    /** Time in which a frame must come whole once it has begun, in milliseconds. 30 s by default. Then its connection is cut. */
    public long getFrameMillis() {
        return frameMillis;
    }

    /**
     * Sets the time for a frame.
     *
     * @param frameMillis 10 to 3,600,000
     */
    public ServerOptions setFrameMillis(long frameMillis) {
        this.frameMillis = frameMillis;
        return this;
    }

    /**
     * Time without any byte of a client after which its connection is cut, in milliseconds. 30 s by default. Clients give a sign of life
     * every 2 s, or in a third of this time if that is less.
     */
    public long getIdleMillis() {
        return idleMillis;
    }

    /**
     * Sets the longest silence.
     *
     * @param idleMillis 500 to 3,600,000
     */
    public ServerOptions setIdleMillis(long idleMillis) {
        this.idleMillis = idleMillis;
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
        Limits.require("maxFrameBytes", maxFrameBytes, 1 << 20, 1 << 30);
        Limits.require("maxRequestsInFlight", maxRequestsInFlight, 1, 1_000_000);
        Limits.require("maxBytesInFlight", maxBytesInFlight, 64 << 10, 1 << 30);
        Limits.require("maxWaits", maxWaits, 1, 1_000_000);
        Limits.require("maxReplyBytes", maxReplyBytes, 64 << 10, 1 << 30);
        Limits.require("maxReadBytes", maxReadBytes, 16 << 10, 64 << 20);
        Limits.require("helloMillis", helloMillis, 10, 600_000);
        Limits.require("frameMillis", frameMillis, 10, 3_600_000);
        Limits.require("idleMillis", idleMillis, 500, 3_600_000);
    }

    @Override
    public JsonObject toJson() {
        return super.toJson()
                .put("maxFrameBytes", maxFrameBytes)
                .put("maxRequestsInFlight", maxRequestsInFlight)
                .put("maxBytesInFlight", maxBytesInFlight)
                .put("maxWaits", maxWaits)
                .put("maxReplyBytes", maxReplyBytes)
                .put("maxReadBytes", maxReadBytes)
                .put("helloMillis", helloMillis)
                .put("frameMillis", frameMillis)
                .put("idleMillis", idleMillis);
    }
}
