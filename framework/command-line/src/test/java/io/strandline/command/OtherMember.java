package io.strandline.command;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.HazelcastInstance;
import io.strandline.command.setting.Waiting;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.concurrent.ThreadLocalRandom;

/** A clustered Vert.x as an application has it, which knows nothing of a log. */
record OtherMember(Vertx vertx, HazelcastInstance hazelcast) {

    /** Begins a cluster. */
    static OtherMember first(String cluster) {
        return join(cluster, "127.0.0.1:1");
    }

    /** @param member where Hazelcast of a member listens */
    static OtherMember join(String cluster, String member) {
        return join(cluster, member, new EventBusOptions());
    }

    /** @param bus how its event bus is, but for the host */
    static OtherMember join(String cluster, String member, EventBusOptions bus) {
        Config config = new HazelcastClusterManager().loadConfig().setClusterName(cluster);
        config.getNetworkConfig()
                .setPort(10_000 + ThreadLocalRandom.current().nextInt(20_000)) // none that connections are given
                .setPortCount(100)
                .getInterfaces()
                .setEnabled(true)
                .addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember(member);
        HazelcastClusterManager hazelcast = new HazelcastClusterManager(config);
        Vertx vertx = Waiting.of(Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(bus.setHost("127.0.0.1")))
                .withClusterManager(hazelcast)
                .buildClustered());
        return new OtherMember(vertx, hazelcast.getHazelcastInstance());
    }

    /** Where its Hazelcast listens. */
    String place() {
        return "127.0.0.1:"
                + hazelcast.getCluster().getLocalMember().getAddress().getPort();
    }

    void close() {
        Waiting.of(vertx.close());
    }
}
