package io.strandline.command;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.strandline.client.tls.TlsFiles;
import io.strandline.client.tls.TlsReload;
import io.strandline.command.setting.ClusterOptions;
import io.strandline.command.setting.Waiting;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;

/**
 * A Vert.x instance that is a member of a cluster.
 *
 * @param vertx the instance. Closing it leaves the cluster
 * @param place where other members find it, {@code host:port}
 */
record ClusterMember(Vertx vertx, String place) {

    /** What a file of Hazelcast may say otherwise. */
    private static final Map<String, String> PROPERTIES = Map.of(
            "hazelcast.logging.type", "slf4j",
            "hazelcast.phone.home.enabled", "false",
            "hazelcast.wait.seconds.before.join", "0");

    /**
     * Begins a cluster, or joins one. Blocks.
     *
     * @throws StrandlineException.Invalid if other machines may reach the address, and that is not allowed, or if files for TLS cannot be used
     * @throws StrandlineException.Unavailable if the address cannot be used, or nobody lets it in
     */
    static ClusterMember join(ClusterOptions options) {
        InetAddress address = address(options);
        EventBusOptions bus =
                new EventBusOptions().setHost(address.getHostAddress()).setPort(options.getBusPort());
        TlsOptions tls = options.getTls();
        TlsFiles files = tls == null ? null : encrypt(bus, tls);
        HazelcastClusterManager cluster = new HazelcastClusterManager(hazelcast(options, address));
        VertxOptions settings = new VertxOptions().setEventBusOptions(bus);
        try {
            Vertx vertx = Waiting.of(
                    Vertx.builder().with(settings).withClusterManager(cluster).buildClustered());
            if (tls != null && files != null) {
                TlsReload.begin(
                        vertx, tls, "the event bus of cluster " + options.getName(), files, ClusterMember::refuse);
            }
            var own =
                    cluster.getHazelcastInstance().getCluster().getLocalMember().getAddress();
            return new ClusterMember(vertx, RunningServer.place(own.getHost(), own.getPort()));
        } catch (RuntimeException e) {
            throw new StrandlineException.Unavailable(
                    "the server cannot be a member of cluster " + options.getName() + " at " + options.getHost() + ":"
                            + options.getPort() + ": " + e.getMessage(),
                    e);
        }
    }

    /** Both ends of a connection show their certificates, and each wants that of the other signed by whom it trusts. */
    private static TlsFiles encrypt(EventBusOptions bus, TlsOptions tls) {
        Vertx reading = Vertx.vertx(); // the cluster's own is not there before its options are
        try {
            TlsFiles files = Waiting.of(TlsFiles.read(reading, tls).compose(read -> read.usable(reading)));
            files.fillServer(bus);
            bus.setClientAuth(files.clientAuth()).setTrustAll(false); // Vert.x would send to whoever has the address
            return files;
        } finally {
            Waiting.of(reading.close());
        }
    }

    /** So that a line of the log tells of it. */
    private static Future<Void> refuse(ServerSSLOptions renewed) {
        return Future.failedFuture(new StrandlineException.Invalid(
                "the event bus of Vert.x takes no other certificate while it runs: start the member again"));
    }

    private static InetAddress address(ClusterOptions options) {
        InetAddress address;
        try {
            address = InetAddress.getByName(options.getHost());
        } catch (UnknownHostException e) {
            throw new StrandlineException.Invalid("cluster.host is " + options.getHost() + ", which is no address", e);
        }
        if (address.isAnyLocalAddress()) {
            throw new StrandlineException.Invalid("cluster.host is " + options.getHost()
                    + ", it must be the address at which other members find this one");
        }
        if (!address.isLoopbackAddress() && !options.isInsecure()) {
            throw new StrandlineException.Invalid("cluster.host is " + options.getHost()
                    + ", which other machines may reach, and " + exposed(options) + ", and set insecure to allow it");
        }
        return address;
    }

    /** What is open to machines that reach the address, and what closes it. */
    private static String exposed(ClusterOptions options) {
        return options.getTls() == null
                ? "the members of a cluster neither encrypt nor authenticate each other; close the network to all others"
                : "Hazelcast neither encrypts nor authenticates its members, tls is for the event bus alone; close the port of"
                        + " Hazelcast to all others";
    }

    /** True if only this machine reaches the member. */
    static boolean isOfThisMachine(ClusterOptions options) {
        return address(options).isLoopbackAddress();
    }

    /** What Vert.x needs, or the file that {@code vertx.hazelcast.config} names, with the network of the options. */
    private static Config hazelcast(ClusterOptions options, InetAddress address) {
        Config config = new HazelcastClusterManager().loadConfig();
        config.setClusterName(options.getName()).setLiteMember(options.isLite());
        PROPERTIES.forEach((name, value) -> {
            if (config.getProperty(name) == null) {
                config.setProperty(name, value);
            }
        });
        config.setProperty("hazelcast.shutdownhook.enabled", "false"); // Vert.x ends it, after the doors
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.getNetworkConfig()
                .setPort(options.getPort())
                .setPortAutoIncrement(false)
                .getInterfaces()
                .setEnabled(true)
                .clear()
                .addInterface(address.getHostAddress());
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).clear();
        options.getMembers().forEach(join.getTcpIpConfig()::addMember);
        return config;
    }
}
