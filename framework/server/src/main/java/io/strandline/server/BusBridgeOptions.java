package io.strandline.server;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Where a bridge to the event bus listens, and for whom. */
public class BusBridgeOptions {

    public static final String DEFAULT_HOST = "127.0.0.1";
    public static final int DEFAULT_PORT = 7_477;
    public static final String DEFAULT_PATH = "/eventbus";
    public static final int DEFAULT_MAX_CONNECTIONS = 1_000;

    /** What clients speak. */
    public enum Protocol {
        /** The TCP bridge of Vert.x: a length of 4 bytes and JSON. */
        TCP,
        /** SockJS: WebSockets, or requests of HTTP where a browser has none. */
        SOCKJS
    }

    private Protocol protocol = Protocol.TCP;
    private String host = DEFAULT_HOST;
    private int port = DEFAULT_PORT;
    private boolean insecure;
    private @Nullable TlsOptions tls;
    private String path = DEFAULT_PATH;
    private @Nullable String origin;
    private int maxConnections = DEFAULT_MAX_CONNECTIONS;

    public BusBridgeOptions() {}

    public BusBridgeOptions(BusBridgeOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public BusBridgeOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("bus bridge options", json);
        this.protocol = in.constant("protocol", Protocol.TCP);
        this.host = in.text("host", DEFAULT_HOST);
        this.port = in.integer("port", DEFAULT_PORT);
        this.insecure = in.flag("insecure", false);
        this.tls = in.value("tls") == null ? null : new TlsOptions(in.object("tls"));
        this.path = in.text("path", DEFAULT_PATH);
        this.origin = in.text("origin");
        this.maxConnections = in.integer("maxConnections", DEFAULT_MAX_CONNECTIONS);
        in.end();
    }

    /** What clients speak: TCP by default. */
    public Protocol getProtocol() {
        return protocol;
    }

    /** Sets what clients speak. */
    public BusBridgeOptions setProtocol(Protocol protocol) {
        this.protocol = protocol;
        return this;
    }

    /** Address to listen at. 127.0.0.1 by default, which only this machine reaches. */
    public String getHost() {
        return host;
    }

    /** Sets the address. One that other machines reach needs TLS and security, or {@link #setInsecure}. */
    public BusBridgeOptions setHost(String host) {
        this.host = host;
        return this;
    }

    /** Port to listen at. 7477 by default. */
    public int getPort() {
        return port;
    }

    /**
     * Sets the port.
     *
     * @param port 1 to 65,535: the TCP bridge does not tell which one the machine has chosen
     */
    public BusBridgeOptions setPort(int port) {
        this.port = port;
        return this;
    }

    /** True if other machines may use the log without TLS or without credentials. False by default. */
    public boolean isInsecure() {
        return insecure;
    }

    /** Allows an address that other machines reach without TLS or without security. Whoever reaches it may then do everything. */
    public BusBridgeOptions setInsecure(boolean insecure) {
        this.insecure = insecure;
        return this;
    }

    /** Keys and certificates. None by default: connections are not encrypted. Those of the TCP bridge are read once, at the start. */
    public @Nullable TlsOptions getTls() {
        return tls;
    }

    /** Encrypts connections. */
    public BusBridgeOptions setTls(@Nullable TlsOptions tls) {
        this.tls = tls;
        return this;
    }

    /** Where SockJS is served. {@code /eventbus} by default. Without meaning for TCP. */
    public String getPath() {
        return path;
    }

    /**
     * Sets where SockJS is served.
     *
     * @param path a slash and letters, digits, {@code _}, {@code -} and slashes, not at its end
     */
    public BusBridgeOptions setPath(String path) {
        this.path = path;
        return this;
    }

    /** The site whose pages may connect, such as {@code https://shop.example}. None by default: only pages of the same address and port. Without meaning for TCP. */
    public @Nullable String getOrigin() {
        return origin;
    }

    /** Lets pages of a site connect. A client that is no browser names none, and connects too. */
    public BusBridgeOptions setOrigin(@Nullable String origin) {
        this.origin = origin;
        return this;
    }

    /** Most clients at a time. 1,000 by default. A further one is cut off. A client of the TCP bridge counts from its first message on. */
    public int getMaxConnections() {
        return maxConnections;
    }

    /**
     * Sets the limit of clients.
     *
     * @param maxConnections 1 to 1,000,000
     */
    public BusBridgeOptions setMaxConnections(int maxConnections) {
        this.maxConnections = maxConnections;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("port", port, 1, 65_535);
        Limits.require("maxConnections", maxConnections, 1, 1_000_000);
        if (!path.matches("(/[A-Za-z0-9_-]+)+")) {
            throw new StrandlineException.Invalid("path is " + path
                    + ", it must be a slash and letters, digits, '_', '-' and slashes, not at its end");
        }
        if (tls != null) {
            tls.validateForServer();
        }
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("protocol", protocol.name())
                .put("host", host)
                .put("port", port)
                .put("insecure", insecure)
                .put("tls", tls == null ? null : tls.toJson())
                .put("path", path)
                .put("origin", origin)
                .put("maxConnections", maxConnections);
    }
}
