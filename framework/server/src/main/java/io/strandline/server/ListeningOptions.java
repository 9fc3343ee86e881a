package io.strandline.server;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens for connections, and what it takes of all of them, whatever their protocol.
 *
 * @param <T> the options of one kind of server
 */
public abstract class ListeningOptions<T extends ListeningOptions<T>> {

    public static final String DEFAULT_HOST = "127.0.0.1";
    /** Zero: as many as the machine has cores, at most {@value #MAX_DEFAULT_EVENT_LOOPS}. */
    public static final int DEFAULT_EVENT_LOOPS = 0;

    public static final int MAX_DEFAULT_EVENT_LOOPS = 4;
    public static final int DEFAULT_MAX_CONNECTIONS = 10_000;
    public static final long DEFAULT_STALL_MILLIS = 30_000;
    public static final long DEFAULT_DRAIN_MILLIS = 5_000;

    private String host = DEFAULT_HOST;
    private int port;
    private boolean insecure;
    private @Nullable TlsOptions tls;
    private int eventLoops = DEFAULT_EVENT_LOOPS;
    private int maxConnections = DEFAULT_MAX_CONNECTIONS;
    private long stallMillis = DEFAULT_STALL_MILLIS;
    private long drainMillis = DEFAULT_DRAIN_MILLIS;

    ListeningOptions(int defaultPort) {
        this.port = defaultPort;
    }

    /** Reads what all have. */
    ListeningOptions(int defaultPort, OptionsJson in) {
        this.host = in.text("host", DEFAULT_HOST);
        this.port = in.integer("port", defaultPort);
        this.insecure = in.flag("insecure", false);
        this.tls = in.has("tls") ? new TlsOptions(in.object("tls")) : null;
        this.eventLoops = in.integer("eventLoops", DEFAULT_EVENT_LOOPS);
        this.maxConnections = in.integer("maxConnections", DEFAULT_MAX_CONNECTIONS);
        this.stallMillis = in.whole("stallMillis", DEFAULT_STALL_MILLIS);
        this.drainMillis = in.whole("drainMillis", DEFAULT_DRAIN_MILLIS);
    }

    abstract T self();

    /** The address to listen at. {@code 127.0.0.1} by default, which other machines cannot reach. */
    public String getHost() {
        return host;
    }

    /**
     * Sets the address to listen at.
     *
     * @param host a name or an address. One that other machines can reach needs {@link #setTls} and a log with {@code Security}, or {@link
     *     #setInsecure}
     */
    public T setHost(String host) {
        this.host = Limits.requireGiven("host", host);
        return self();
    }

    /** The port to listen at. 7475 by default for the protocol of Strandline, 7476 for REST. */
    public int getPort() {
        return port;
    }

    /**
     * Sets the port to listen at.
     *
     * @param port 0 to 65,535. For 0 the machine chooses, see {@link StrandlineServer#port()} and {@link RestServer#port()}
     */
    public T setPort(int port) {
        this.port = port;
        return self();
    }

    /**
     * True if the server may listen at an address that other machines can reach without TLS or without {@code Security}. False by default.
     */
    public boolean isInsecure() {
        return insecure;
    }

    /**
     * Allows an address that other machines can reach without TLS, so that whoever is on the way reads and changes everything, or without
     * {@code Security}, so that whoever reaches the server may do everything.
     */
    public T setInsecure(boolean insecure) {
        this.insecure = insecure;
        return self();
    }

    /** TLS of the connections. None by default: they are not encrypted. */
    public @Nullable TlsOptions getTls() {
        return tls;
    }

    /**
     * Sets the TLS of the connections. Renewed certificates are used without a restart.
     *
     * @param tls {@code TlsOptions} with a key, or null
     */
    public T setTls(@Nullable TlsOptions tls) {
        this.tls = tls;
        return self();
    }

    /** Event loops that serve connections. As many as the machine has cores, at most 4, by default. A connection stays on its one. */
    public int getEventLoops() {
        return eventLoops;
    }

    /**
     * Sets the number of event loops that serve connections.
     *
     * @param eventLoops 1 to 64, or 0 for the default
     */
    public T setEventLoops(int eventLoops) {
        this.eventLoops = eventLoops;
        return self();
    }

    /**
     * Connections beyond which a further one is cut, over the protocol of Strandline with Overloaded. 10,000 by default. With TLS as many
     * handshakes may go on besides, but at most 1,000, and those of one address only while it has fewer than there is room for.
     */
    public int getMaxConnections() {
        return maxConnections;
    }

    /**
     * Sets the limit of connections.
     *
     * @param maxConnections 1 to 1,000,000
     */
    public T setMaxConnections(int maxConnections) {
        this.maxConnections = maxConnections;
        return self();
    }

    /** Time in which some bytes of what a client is sent must leave if any wait, in milliseconds. 30 s by default. Then its connection is cut. */
    public long getStallMillis() {
        return stallMillis;
    }

    /**
     * Sets the longest stall.
     *
     * @param stallMillis 10 to 3,600,000
     */
    public T setStallMillis(long stallMillis) {
        this.stallMillis = stallMillis;
        return self();
    }

    /** How long a server that stops waits for answers under way and for its clients to leave, in milliseconds. 5 s by default. */
    public long getDrainMillis() {
        return drainMillis;
    }

    /**
     * Sets how long a server that stops waits.
     *
     * @param drainMillis 0 to 600,000
     */
    public T setDrainMillis(long drainMillis) {
        this.drainMillis = drainMillis;
        return self();
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("port", port, 0, 65_535);
        Limits.require("eventLoops", eventLoops, 0, 64);
        Limits.require("maxConnections", maxConnections, 1, 1_000_000);
        Limits.require("stallMillis", stallMillis, 10, 3_600_000);
        Limits.require("drainMillis", drainMillis, 0, 600_000);
        if (tls != null) {
            tls.validateForServer();
        }
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("host", host)
                .put("port", port)
                .put("insecure", insecure)
                .put("tls", tls == null ? null : tls.toJson())
                .put("eventLoops", eventLoops)
                .put("maxConnections", maxConnections)
                .put("stallMillis", stallMillis)
                .put("drainMillis", drainMillis);
    }
}
