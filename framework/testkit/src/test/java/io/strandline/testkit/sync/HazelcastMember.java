package io.strandline.testkit.sync;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.HazelcastInstance;
import io.strandline.sync.hazelcast.HazelcastSyncConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A clustered Vert.x on the loopback interface, on whatever ports are free. */
public record HazelcastMember(Vertx vertx, HazelcastInstance hazelcast) {

    /**
     * Below the ports that the system gives to connections. A connection to a member that is gone could be given that member's port for its
     * own end, and then reach itself: Hazelcast says "Connecting to self!" for ever, and never misses the member.
     */
    private static final int FIRST_PORT = 10_000;

    private static final int PORTS = 20_000;

    /** Starts the first member of a cluster of its own. */
    public static HazelcastMember first() {
        return first(new EventBusOptions());
    }

    /** As {@link #first()}, with another event bus. */
    public static HazelcastMember first(EventBusOptions bus) {
        return start(UUID.randomUUID().toString(), "127.0.0.1:1", bus);
    }

    /** Starts one more member of this one's cluster. */
    public HazelcastMember another() {
        return another(new EventBusOptions());
    }

    /** As {@link #another()}, with another event bus. */
    public HazelcastMember another(EventBusOptions bus) {
        var address = hazelcast.getCluster().getLocalMember().getAddress();
        return start(hazelcast.getConfig().getClusterName(), "127.0.0.1:" + address.getPort(), bus);
    }

    public void close() {
        Awaited.await(vertx.close());
    }

    /** Waits until the other members are gone. Until then a call may go to one of them, and nobody knows what became of it. */
    void awaitAlone() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Awaited.SECONDS);
        while (hazelcast.getCluster().getMembers().size() > 1) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("members: " + hazelcast.getCluster().getMembers());
            }
            Awaited.await(vertx.timer(10, TimeUnit.MILLISECONDS));
        }
    }

    private static HazelcastMember start(String cluster, String seed, EventBusOptions bus) {
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
        HazelcastClusterManager manager = new HazelcastClusterManager(
                new HazelcastSyncConfig().setMinMembers(1).applyTo(config));
        VertxOptions options =
                new VertxOptions().setEventBusOptions(bus.setHost("127.0.0.1").setPort(0));
        Vertx vertx = Awaited.await(
                Vertx.builder().with(options).withClusterManager(manager).buildClustered());
        return new HazelcastMember(vertx, manager.getHazelcastInstance());
    }
}
