package io.strandline.testkit.cluster;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.strandline.Strandline;
import io.strandline.StrandlineOptions;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.hazelcast.HazelcastOverLogStore;
import io.strandline.sync.hazelcast.HazelcastRevisionStore;
import io.strandline.sync.hazelcast.HazelcastSyncConfig;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A member of a cluster of three, in a JVM of its own: it runs clients and says on standard output what they did. A line
 * that does not end with " ." was cut when the process was killed, and means nothing.
 *
 * <pre>
 *  T nanos                                     this JVM's clock
 *  C members                                   how many members it sees
 *  I call client nanos kind name expected text a call begins
 *  O call nanos revision text                  it succeeded: the value read, or the one that the update was made from
 *  R call nanos                                it was refused
 *  U call                                      its outcome is unknown
 *  N call                                      it certainly had no effect
 *  E                                           every client has made its last call
 *  X text                                      something is wrong
 * </pre>
 *
 * <p>It begins to end when a line, or the end, comes on standard input.
 */
final class ClusterMember {

    static final String INITIAL = "v0";
    static final int NAMES = 3;
    static final int CLIENTS = 4;
    static final int HEARTBEAT_SECONDS = 3;

    /** How the members share their state. */
    enum Store {
        HAZELCAST_OVER_LOG,
        HAZELCAST
    }

    private static final Promise<Void> ASKED_TO_END = Promise.promise();

    private ClusterMember() {}

    /** Arguments: store, number of the member, its life, directory of the log, ports of all members. */
    public static void main(String[] arguments) throws IOException {
        Store kind = Store.valueOf(arguments[0]);
        int member = Integer.parseInt(arguments[1]);
        String life = arguments[2];
        String directory = arguments[3];
        int[] ports = Arrays.stream(arguments[4].split(",", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
        say("T " + System.nanoTime());
        HazelcastClusterManager manager = new HazelcastClusterManager(config(member, ports));
        VertxOptions options = new VertxOptions()
                .setEventBusOptions(new EventBusOptions().setHost("127.0.0.1").setPort(0));
        List<RegisterClient> clients = new ArrayList<>();
        Vertx.builder()
                .with(options)
                .withClusterManager(manager)
                .buildClustered()
                .compose(vertx -> {
                    manager.getHazelcastInstance().getCluster().addMembershipListener(new SeenMembers());
                    return openStore(vertx, kind, member, directory).map(store -> {
                        StateSync sync =
                                StateSync.create(vertx, store, new StateSyncOptions().setAnswerTimeoutMillis(1_500));
                        for (int i = 0; i < CLIENTS; i++) {
                            clients.add(new RegisterClient(
                                    vertx, sync, "cluster/register" + i % NAMES, member + "-" + life + "-" + i));
                        }
                        return vertx;
                    });
                })
                .onSuccess(vertx -> endOnInput(clients))
                .onFailure(failure -> say("X member " + member + " did not open: " + failure));
        awaitInput();
    }

    static synchronized void say(String line) {
        System.out.println(line.replace('\n', ' ') + " .");
    }

    private static Future<RevisionStore> openStore(Vertx vertx, Store kind, int member, String directory) {
        if (kind == Store.HAZELCAST) {
            return HazelcastRevisionStore.open(vertx).map(store -> store);
        }
        BusOptions options = new BusOptions().setRequestTimeoutMillis(1_000);
        if (member > 0) {
            return HazelcastOverLogStore.open(vertx, options).map(store -> store);
        }
        return Strandline.open(vertx, "file:" + directory, new StrandlineOptions())
                .compose(log -> {
                    LogRevisionStore store = LogRevisionStore.open(vertx, log);
                    return HazelcastOverLogStore.serve(vertx, store, options).map(store);
                });
    }

    private static Config config(int member, int[] ports) {
        Config config = new Config().setClusterName("ports-" + ports[0]);
        config.setProperty("hazelcast.logging.type", "slf4j")
                .setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.wait.seconds.before.join", "0")
                .setProperty("hazelcast.partition.count", "31")
                .setProperty("hazelcast.heartbeat.interval.seconds", "1")
                .setProperty("hazelcast.max.no.heartbeat.seconds", Integer.toString(HEARTBEAT_SECONDS))
                .setProperty("hazelcast.merge.first.run.delay.seconds", "2")
                .setProperty("hazelcast.merge.next.run.delay.seconds", "2")
                .setProperty("hazelcast.socket.bind.any", "false");
        new HazelcastSyncConfig().setSynchronousBackups(2).setMinMembers(2).applyTo(config);
        config.getJetConfig().setEnabled(false);
        config.getNetworkConfig()
                .setPort(ports[member])
                .setPortAutoIncrement(false)
                .setReuseAddress(true)
                .getInterfaces()
                .setEnabled(true)
                .addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true);
        for (int port : ports) {
            join.getTcpIpConfig().addMember("127.0.0.1:" + port);
        }
        return config;
    }

    private static void endOnInput(List<RegisterClient> clients) {
        clients.forEach(RegisterClient::start);
        ASKED_TO_END.future().onComplete(asked -> Future.join(
                        clients.stream().map(RegisterClient::end).toList())
                .onComplete(ended -> say("E")));
    }

    private static void awaitInput() throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        if (input.readLine() != null) {
            ASKED_TO_END.complete();
            while (input.readLine() != null) {
                // Only the end counts now: the parent has heard the last call.
            }
        }
        Runtime.getRuntime().halt(0);
    }

    /** Says how many members there are, whenever that changes. */
    private static final class SeenMembers implements MembershipListener {

        @Override
        public void memberAdded(MembershipEvent event) {
            say("C " + event.getMembers().size());
        }

        @Override
        public void memberRemoved(MembershipEvent event) {
            say("C " + event.getMembers().size());
        }
    }
}
