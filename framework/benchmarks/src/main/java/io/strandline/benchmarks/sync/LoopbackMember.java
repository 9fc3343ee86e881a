package io.strandline.benchmarks.sync;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.strandline.benchmarks.Awaited;
import io.strandline.sync.hazelcast.HazelcastSyncConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A member of a Vert.x cluster on the loopback interface, with Hazelcast's and the synchronizer's defaults.
 *
 * @param vertx its Vert.x
 * @param port where other members find it
 */
record LoopbackMember(Vertx vertx, int port) {

    /**
     * Below the ports that the system gives to connections. A connection to a member that is gone could be given that member's port for its
     * own end, and then reach itself: Hazelcast says "Connecting to self!" for ever, and never misses the member.
     */
    private static final int FIRST_PORT = 10_000;

    private static final int PORTS = 20_000;

    private static final int NOBODY = 1;

    /** Starts the first member of a cluster. */
    static LoopbackMember first(String cluster) throws ExecutionException, InterruptedException {
        return join(cluster, NOBODY);
    }

    /** Starts a member that finds another at a port. */
    static LoopbackMember join(String cluster, int port) throws ExecutionException, InterruptedException {
        HazelcastClusterManager manager = new HazelcastClusterManager(config(cluster, port));
        VertxOptions options = new VertxOptions()
                .setEventBusOptions(new EventBusOptions().setHost("127.0.0.1").setPort(0));
        Vertx vertx = Awaited.await(
                Vertx.builder().with(options).withClusterManager(manager).buildClustered());
        return new LoopbackMember(
                vertx,
                manager.getHazelcastInstance()
                        .getCluster()
                        .getLocalMember()
                        .getAddress()
                        .getPort());
    }

    private static Config config(String cluster, int port) {
        Config config = new Config().setClusterName(cluster);
        config.setProperty("hazelcast.logging.type", "slf4j")
                .setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.wait.seconds.before.join", "0")
                .setProperty("hazelcast.socket.bind.any", "false");
        config.getJetConfig().setEnabled(false);
        config.getNetworkConfig()
                .setPort(FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS))
                .setPortCount(100);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + port);
        return new HazelcastSyncConfig().applyTo(config);
    }
}
