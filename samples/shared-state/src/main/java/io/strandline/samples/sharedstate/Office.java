package io.strandline.samples.sharedstate;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.strandline.sync.hazelcast.HazelcastSyncConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.nio.file.Path;
import java.util.List;

/**
 * A booking office with its own JVM. It is a member of a Vert.x cluster on the loopback interface.
 *
 * @param number from 0. The first office owns the log
 * @param log where the first office keeps the log
 * @param ports of all offices
 */
record Office(int number, Path log, List<Integer> ports) {

    static final List<String> NAMES = List.of("Amsterdam", "Boston", "Chennai");

    boolean ownsLog() {
        return number == 0;
    }

    String name() {
        return NAMES.get(number);
    }

    /** Runs the office until standard input ends. */
    void run() {
        VertxOptions options = new VertxOptions()
                .setEventBusOptions(new EventBusOptions().setHost("127.0.0.1").setPort(0));
        Vertx.builder()
                .with(options)
                .withClusterManager(new HazelcastClusterManager(hazelcast()))
                .buildClustered()
                .compose(vertx -> vertx.deployVerticle(new OfficeVerticle(this)))
                .onFailure(failure -> {
                    System.err.println(name() + " failed: " + failure);
                    Runtime.getRuntime().halt(1);
                });
    }

    private Config hazelcast() {
        Config config = new Config().setClusterName("seats-" + ports.get(0));
        new HazelcastSyncConfig().applyTo(config);
        config.setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.wait.seconds.before.join", "0")
                .setProperty("hazelcast.socket.bind.any", "false");
        config.getNetworkConfig()
                .setPort(ports.get(number))
                .setPortAutoIncrement(false)
                .setReuseAddress(true)
                .getInterfaces()
                .setEnabled(true)
                .addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true);
        ports.forEach(port -> join.getTcpIpConfig().addMember("127.0.0.1:" + port));
        return config;
    }
}
