package io.strandline.client;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.Utf8;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Options of a client of a log in another process. The largest event is that of the server's log, whatever {@link
 * #getMaxEventBytes()} says.
 */
public class ClientOptions extends StrandlineOptions {

    public static final long DEFAULT_CONNECT_TIMEOUT_MILLIS = 2_000;
    public static final long DEFAULT_CALL_TIMEOUT_MILLIS = 10_000;
    public static final long DEFAULT_REQUEST_TIMEOUT_MILLIS = 60_000;
    public static final long DEFAULT_PING_MILLIS = 2_000;
    public static final long DEFAULT_SILENCE_MILLIS = 10_000;
    public static final int DEFAULT_MAX_FRAME_BYTES = 32 << 20;
    public static final int DEFAULT_MAX_CALLS = 20_000;

    private static final String WHAT = "client options";
    private static final int MAX_CREDENTIALS_LENGTH = 16_384;

    private long connectTimeoutMillis = DEFAULT_CONNECT_TIMEOUT_MILLIS;
    private long callTimeoutMillis = DEFAULT_CALL_TIMEOUT_MILLIS;
    private long requestTimeoutMillis = DEFAULT_REQUEST_TIMEOUT_MILLIS;
    private long pingMillis = DEFAULT_PING_MILLIS;
    private long silenceMillis = DEFAULT_SILENCE_MILLIS;
    private int maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
    private int maxCalls = DEFAULT_MAX_CALLS;
    private @Nullable String credentials;
    private @Nullable String credentialsFile;
    private @Nullable TlsOptions tls;

    public ClientOptions() {}

    /**
     * Reads the options.
     *
     * @throws io.strandline.StrandlineException.Invalid if a value has another type
     */
    public ClientOptions(JsonObject json) {
        super(json);
        OptionsJson in = new OptionsJson(WHAT, json);
        in.has("maxEventBytes"); // the superclass has read it
        this.connectTimeoutMillis = in.whole("connectTimeoutMillis", DEFAULT_CONNECT_TIMEOUT_MILLIS);
        this.callTimeoutMillis = in.whole("callTimeoutMillis", DEFAULT_CALL_TIMEOUT_MILLIS);
        this.requestTimeoutMillis = in.whole("requestTimeoutMillis", DEFAULT_REQUEST_TIMEOUT_MILLIS);
        this.pingMillis = in.whole("pingMillis", DEFAULT_PING_MILLIS);
        this.silenceMillis = in.whole("silenceMillis", DEFAULT_SILENCE_MILLIS);
        this.maxFrameBytes = in.integer("maxFrameBytes", DEFAULT_MAX_FRAME_BYTES);
        this.maxCalls = in.integer("maxCalls", DEFAULT_MAX_CALLS);
        this.credentials = in.text("credentials");
        this.credentialsFile = in.text("credentialsFile");
        this.tls = in.has("tls") ? new TlsOptions(in.object("tls")) : null;
        in.end();
    }

    /** A copy, also of options of another kind. */
    public ClientOptions(StrandlineOptions other) {
        this(other.toJson());
    }

    /** How long one attempt to connect may take until the server has answered the greeting, in milliseconds. 2 s by default. */
    public long getConnectTimeoutMillis() {
        return connectTimeoutMillis;
    }

    /**
     * Sets the time of one attempt.
     *
     * @param connectTimeoutMillis 10 to 600,000
     */
    public ClientOptions setConnectTimeoutMillis(long connectTimeoutMillis) {
        this.connectTimeoutMillis = connectTimeoutMillis;
        return this;
    }

    /**
     * How long a call waits while there is no connection, in milliseconds. 10 s by default. The opening of the log waits as
     * long. An append does not wait here: its writer repeats it, within its own {@code retryTimeoutMillis}.
     */
    public long getCallTimeoutMillis() {
        return callTimeoutMillis;
    }

    /**
     * Sets how long a call waits without a connection.
     *
     * @param callTimeoutMillis 10 to 3,600,000
     */
    public ClientOptions setCallTimeoutMillis(long callTimeoutMillis) {
        this.callTimeoutMillis = callTimeoutMillis;
        return this;
    }

    /**
     * How long a call may be without an answer on a connection that lives, in milliseconds. 60 s by default. It counts from when the
     * server is known to have the request. At most three {@code pingMillis} after it the call fails, Unknown if it may have changed
     * something and else Unavailable. An answer that comes later is dropped. An append is sent again by its writer, whose {@code
     * retryTimeoutMillis} begin then, and the log keeps it once. A call that finds no room on the connection for as long fails
     * Unavailable. Without such a time are reads that wait for events, backups, and checkpoints, resets and replays of groups.
     *
     * <p>A connection is replaced when such requests take half of its room.
     */
    public long getRequestTimeoutMillis() {
        return requestTimeoutMillis;
    }

    /**
     * Sets how long a call may be without an answer.
     *
     * @param requestTimeoutMillis 10 to 86,400,000
     */
    public ClientOptions setRequestTimeoutMillis(long requestTimeoutMillis) {
        this.requestTimeoutMillis = requestTimeoutMillis;
        return this;
    }

    /**
     * Time between two signs of life that the client asks for, in milliseconds. 2 s by default. A third of the server's {@code
     * idleMillis} if that is less, and at most {@code requestTimeoutMillis}.
     */
    public long getPingMillis() {
        return pingMillis;
    }

    /**
     * Sets the time between two signs of life.
     *
     * @param pingMillis 10 to 600,000, at most half of {@code silenceMillis}
     */
    public ClientOptions setPingMillis(long pingMillis) {
        this.pingMillis = pingMillis;
        return this;
    }

    /** Time without a byte of the server after which the connection is given up, in milliseconds. 10 s by default. */
    public long getSilenceMillis() {
        return silenceMillis;
    }

    /**
     * Sets after what silence the connection is given up.
     *
     * @param silenceMillis 20 to 3,600,000
     */
    public ClientOptions setSilenceMillis(long silenceMillis) {
        this.silenceMillis = silenceMillis;
        return this;
    }

    /**
     * Longest frame that the client takes, in bytes. 32 MiB by default. The opening fails with Invalid if a largest event of the server's
     * log and 128 KiB beside it do not fit.
     */
    public int getMaxFrameBytes() {
        return maxFrameBytes;
    }

    /**
     * Sets the longest frame that the client takes.
     *
     * @param maxFrameBytes 1 MiB to 1 GiB
     */
    public ClientOptions setMaxFrameBytes(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
        return this;
    }

    /** Calls that are not answered, waits of readers included, beyond which a call fails with Overloaded. 20,000 by default. */
    public int getMaxCalls() {
        return maxCalls;
    }

    /**
     * Sets the limit of calls that are not answered.
     *
     * @param maxCalls 1 to 1,000,000
     */
    public ClientOptions setMaxCalls(int maxCalls) {
        this.maxCalls = maxCalls;
        return this;
    }

    /**
     * What the client shows when it connects: the text of an {@code Authorization} header, such as {@code Basic YW5uYTpzZWNyZXQ=} or
     * {@code Bearer eyJ…}. None by default. Without TLS it crosses as it is. A server that has refused it is shown it again after 60 to
     * 90 s. Once all servers have refused it, calls fail with Unauthorized until one takes it.
     */
    public @Nullable String getCredentials() {
        return credentials;
    }

    /**
     * Sets what the client shows when it connects.
     *
     * @param credentials up to 16,384 characters, or null
     */
    public ClientOptions setCredentials(@Nullable String credentials) {
        this.credentials = credentials;
        return this;
    }

    /**
     * File whose text is shown in place of {@code credentials}. None by default. It is read for each connection, so a token that expires is
     * renewed in it without a restart. A server that has refused its text is shown the same text again after 60 to 90 s, and other text
     * at once. Once all servers have refused it, calls wait, and fail with Unauthorized after {@code callTimeoutMillis}.
     */
    public @Nullable String getCredentialsFile() {
        return credentialsFile;
    }

    /**
     * Sets the file of what the client shows.
     *
     * @param credentialsFile a path, or null
     */
    public ClientOptions setCredentialsFile(@Nullable String credentialsFile) {
        this.credentialsFile = credentialsFile;
        return this;
    }

    /** TLS of the connections. None by default: they are not encrypted. The address is {@code tcp://} with and without it. */
    public @Nullable TlsOptions getTls() {
        return tls;
    }

    /**
     * Sets the TLS of the connections.
     *
     * @param tls {@code TlsOptions}, or null
     */
    public ClientOptions setTls(@Nullable TlsOptions tls) {
        this.tls = tls;
        return this;
    }

    @Override
    public ClientOptions setMaxEventBytes(int maxEventBytes) {
        super.setMaxEventBytes(maxEventBytes);
        return this;
    }

    @Override
    public void validate() {
        super.validate();
        Limits.require("connectTimeoutMillis", connectTimeoutMillis, 10, 600_000);
        Limits.require("callTimeoutMillis", callTimeoutMillis, 10, 3_600_000);
        Limits.require("requestTimeoutMillis", requestTimeoutMillis, 10, 86_400_000);
        Limits.require("silenceMillis", silenceMillis, 20, 3_600_000);
        Limits.require("pingMillis", pingMillis, 10, Math.min(600_000, silenceMillis / 2));
        Limits.require("maxFrameBytes", maxFrameBytes, 1 << 20, 1 << 30);
        Limits.require("maxCalls", maxCalls, 1, 1_000_000);
        if (credentials != null) {
            Utf8.require("credentials", credentials, MAX_CREDENTIALS_LENGTH);
        }
        if (credentials != null && credentialsFile != null) {
            throw new StrandlineException.Invalid(
                    "credentials and credentialsFile " + credentialsFile + " are given, only one can be");
        }
        if (tls != null) {
            tls.validate();
        }
    }

    @Override
    public JsonObject toJson() {
        return super.toJson()
                .put("connectTimeoutMillis", connectTimeoutMillis)
                .put("callTimeoutMillis", callTimeoutMillis)
                .put("requestTimeoutMillis", requestTimeoutMillis)
                .put("pingMillis", pingMillis)
                .put("silenceMillis", silenceMillis)
                .put("maxFrameBytes", maxFrameBytes)
                .put("maxCalls", maxCalls)
                .put("credentials", credentials)
                .put("credentialsFile", credentialsFile)
                .put("tls", tls == null ? null : tls.toJson());
    }
}
