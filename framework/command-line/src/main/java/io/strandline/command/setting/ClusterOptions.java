package io.strandline.command.setting;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.strandline.client.TlsOptions.ClientCertificates;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a server is a member of a cluster of Vert.x, by Hazelcast. Verticles of the other members use its log over their event bus.
 *
 * <p>With {@link #setTls} the messages of the event bus are encrypted, and go between members with trusted certificates alone. The
 * connections of Hazelcast are never encrypted, and whoever reaches its port may become a member. So an address that other machines reach
 * needs {@link #setInsecure}, and a port of Hazelcast that is closed to all but the members. What a member may do with the log is
 * decided by its credentials.
 */
public class ClusterOptions {

    public static final String DEFAULT_HOST = "127.0.0.1";
    public static final int DEFAULT_PORT = 5_701;
    public static final String DEFAULT_NAME = "dev";

    private static final int MAX_MEMBERS = 1_000;
    private static final String CLIENT_CERTIFICATES = "clientCertificates";

    private String host = DEFAULT_HOST;
    private int port = DEFAULT_PORT;
    private int busPort;
    private String name = DEFAULT_NAME;
    private List<String> members = List.of();
    private boolean lite;
    private @Nullable TlsOptions tls;
    private boolean insecure;

    public ClusterOptions() {}

    public ClusterOptions(ClusterOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public ClusterOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("cluster options", json);
        this.host = in.text("host", DEFAULT_HOST);
        this.port = in.integer("port", DEFAULT_PORT);
        this.busPort = in.integer("busPort", 0);
        this.name = in.text("name", DEFAULT_NAME);
        this.members = List.copyOf(in.texts("members"));
        this.lite = in.flag("lite", false);
        this.tls = in.has("tls") ? mutual(in.object("tls")) : null;
        this.insecure = in.flag("insecure", false);
        in.end();
    }

    /** Members show each other certificates, unless the options say otherwise, which {@link #validate} refuses. */
    private static TlsOptions mutual(JsonObject json) {
        TlsOptions tls = new TlsOptions(json);
        return json.containsKey(CLIENT_CERTIFICATES) ? tls : tls.setClientCertificates(ClientCertificates.REQUIRED);
    }

    /** Address of this member, at which Hazelcast and the event bus listen. 127.0.0.1 by default, which only this machine reaches. */
    public String getHost() {
        return host;
    }

    /** Sets the address. One that other machines reach needs {@link #setInsecure}. */
    public ClusterOptions setHost(String host) {
        this.host = Limits.requireGiven("host", host);
        return this;
    }

    /** Port of Hazelcast. 5701 by default. */
    public int getPort() {
        return port;
    }

    /**
     * Sets the port of Hazelcast.
     *
     * @param port 0 to 65,535. For 0 the machine chooses
     */
    public ClusterOptions setPort(int port) {
        this.port = port;
        return this;
    }

    /** Port at which the other members reach the event bus of this one. 0 by default: the machine chooses, and the members tell each other. */
    public int getBusPort() {
        return busPort;
    }

    /**
     * Sets the port of the event bus.
     *
     * @param busPort 0 to 65,535
     */
    public ClusterOptions setBusPort(int busPort) {
        this.busPort = busPort;
        return this;
    }

    /** Name of the cluster, the same at all members. {@code dev} by default, as Hazelcast has it. */
    public String getName() {
        return name;
    }

    /** Sets the name of the cluster. */
    public ClusterOptions setName(String name) {
        this.name = Limits.requireGiven("name", name);
        return this;
    }

    /**
     * Where other members listen, {@code host:port}. None by default: the server begins a cluster, and others find it. It finds nobody by
     * multicast. One that is reached is enough to know all.
     */
    public List<String> getMembers() {
        return members;
    }

    /**
     * Sets where other members listen.
     *
     * @param members up to 1,000, {@code host:port}
     */
    public ClusterOptions setMembers(List<String> members) {
        this.members = List.copyOf(members);
        return this;
    }

    /**
     * True if the server keeps no data of the cluster. False by default. An application whose cluster keeps shared states in Hazelcast has each
     * member that keeps data configured for them, and a server is not. A lite member needs another member that keeps data.
     */
    public boolean isLite() {
        return lite;
    }

    /** Has the server keep no data of the cluster. */
    public ClusterOptions setLite(boolean lite) {
        this.lite = lite;
        return this;
    }

    /**
     * Key, certificate and trusted certificates of this member, for the event bus. None by default: its messages are not encrypted. All
     * members of a cluster have it, or none.
     *
     * <p>Each member shows its certificate, and talks to nobody whose certificate is not trusted. So {@code clientCertificates} is {@code required}
     * here, also by default. The host of a certificate is not compared, whatever {@code verifyHost} says: every holder of a trusted one is a
     * member, so trust an authority that signs nothing else. What the files hold when the member starts is used until it ends. They are looked at
     * again each {@code reloadMillis}, and a line of the log says that a changed one needs a start.
     */
    public @Nullable TlsOptions getTls() {
        return tls;
    }

    /**
     * Sets how the event bus is encrypted.
     *
     * @param tls {@code TlsOptions} with a key, trusted certificates, and {@code clientCertificates} that are {@code required}, or null
     */
    public ClusterOptions setTls(@Nullable TlsOptions tls) {
        this.tls = tls;
        return this;
    }

    /** True if other machines may reach the ports of the cluster. False by default. */
    public boolean isInsecure() {
        return insecure;
    }

    /**
     * Allows an address that other machines reach. Whoever reaches the port of Hazelcast may be its member. Without {@link #setTls} whoever
     * reaches that of the event bus may send messages, and read them on their way.
     */
    public ClusterOptions setInsecure(boolean insecure) {
        this.insecure = insecure;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds, or members could not tell each other from strangers
     */
    public void validate() {
        Limits.require("port", port, 0, 65_535);
        Limits.require("busPort", busPort, 0, 65_535);
        Limits.require("members", members.size(), 0, MAX_MEMBERS);
        for (String member : members) {
            if (!member.matches(".+:\\d{1,5}")) {
                throw new StrandlineException.Invalid("members has " + member + ", it must be host:port");
            }
        }
        if (tls != null) {
            tls.validateForServer();
            if (tls.getClientCertificates() != ClientCertificates.REQUIRED) {
                throw new StrandlineException.Invalid("clientCertificates of a member is "
                        + OptionsJson.nameOf(tls.getClientCertificates())
                        + ", it must be required: members show each other certificates");
            }
        }
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("host", host)
                .put("port", port)
                .put("busPort", busPort)
                .put("name", name)
                .put("members", members)
                .put("lite", lite)
                .put("tls", tls == null ? null : tls.toJson())
                .put("insecure", insecure);
    }
}
