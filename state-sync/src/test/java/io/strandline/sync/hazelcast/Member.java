package io.strandline.sync.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.HazelcastInstance;
import io.strandline.sync.Texts;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A clustered Vert.x on the loopback interface, on whatever ports are free. */
record Member(Vertx vertx, HazelcastInstance hazelcast) {

    /**
     * Below the ports that the system gives to connections. A connection to a member that is gone could be given that member's port for its
     * own end, and then reach itself: Hazelcast says "Connecting to self!" for ever, and never misses the member.
     */
    private static final int FIRST_PORT = 10_000;

    private static final int PORTS = 20_000;

    private static final String NOBODY = "127.0.0.1:1";
    private static final long CLOSE_SECONDS = 120;

    /** Starts the first member of a cluster of its own, which serves alone. */
    static Member first() {
        return first(new HazelcastSyncConfig().setMinMembers(1));
    }

    /** Starts the first member of a cluster of its own. */
    static Member first(HazelcastSyncConfig sync) {
        return start(sync.applyTo(loopback(UUID.randomUUID().toString(), NOBODY)));
    }

    /** Starts one more member of this one's cluster, which serves alone if it has to. */
    Member another() {
        return another(new HazelcastSyncConfig().setMinMembers(1));
    }

    /** Starts one more member of this one's cluster. */
    Member another(HazelcastSyncConfig sync) {
        return start(sync.applyTo(loopbackNextTo(hazelcast)));
    }

    /**
     * Closes it. Its cluster manager takes no step while a call of its own waits for a member that is gone, which ends
     * by Hazelcast's limit of a minute and not by ours.
     */
    void close() {
        Texts.await(vertx.close(), CLOSE_SECONDS);
    }

    /** Ends its Hazelcast as a crash does, and what is left of its Vert.x. */
    void crash() {
        hazelcast.getLifecycleService().terminate();
        vertx.close(); // fails, since it cannot leave the cluster any more
    }

    /** Waits until the other members are gone. Until then a call may go to one of them, and nobody knows what became of it. */
    void awaitAlone() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        while (hazelcast.getCluster().getMembers().size() > 1) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("members: " + hazelcast.getCluster().getMembers());
            }
            Texts.await(vertx.timer(10, TimeUnit.MILLISECONDS));
        }
    }

    /** The configuration of a member that stays alone, without a word of the synchronizer. */
    static Config loopback() {
        return loopback(UUID.randomUUID().toString(), NOBODY);
    }

    /** The configuration of a member of the same cluster, without a word of the synchronizer. */
    static Config loopbackNextTo(HazelcastInstance member) {
        int port = member.getCluster().getLocalMember().getAddress().getPort();
        return loopback(member.getConfig().getClusterName(), "127.0.0.1:" + port);
    }

    private static Member start(Config config) {
        HazelcastClusterManager manager = new HazelcastClusterManager(config);
        VertxOptions options = new VertxOptions()
                .setEventBusOptions(new EventBusOptions().setHost("127.0.0.1").setPort(0));
        Vertx vertx = Texts.await(
                Vertx.builder().with(options).withClusterManager(manager).buildClustered());
        return new Member(vertx, manager.getHazelcastInstance());
    }

    private static Config loopback(String cluster, String seed) {
        Config config = new Config().setClusterName(cluster);
        config.setProperty("hazelcast.logging.type", "slf4j")
                .setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.wait.seconds.before.join", "0")
                .setProperty("hazelcast.partition.count", "31")
                .setProperty("hazelcast.socket.bind.any", "false");
        config.getJetConfig().setEnabled(false);
        config.getNetworkConfig()
                .setPort(FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS))
                .setPortCount(100);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember(seed);
        return config;
    }
}
