package io.strandline.benchmarks.pravega;

import io.pravega.controller.server.Main;
import io.pravega.segmentstore.server.host.ServiceStarter;
import io.pravega.segmentstore.server.store.ServiceBuilderConfig;
import io.pravega.segmentstore.storage.impl.bookkeeper.BookKeeperServiceRunner;
import io.strandline.benchmarks.ParentWatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * Entry point of the server's JVM: ZooKeeper, one bookie, a segment store and a controller, on free ports of the loopback interface. Says
 * {@link #CONTROLLER} and the controller's address when all have started.
 */
final class PravegaServer {

    static final String CONTROLLER = "CONTROLLER ";

    private static final String LOOPBACK = "127.0.0.1";
    private static final String LEDGERS = "/ledgers";
    /** As in the settings that Pravega ships. */
    private static final int CONTAINERS = 4;

    private final Path directory;
    private final int zooKeeperPort = freePort();
    private final int controllerPort = freePort();

    private PravegaServer(Path directory) throws IOException {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        ParentWatch.haltWithParent(); // the hook of its bookie waits for a ZooKeeper that has ended
        PravegaServer server = new PravegaServer(Path.of(arguments[0]));
        server.startBookKeeper();
        server.startSegmentStore();
        server.startController();
        System.out.println(CONTROLLER + "tcp://" + LOOPBACK + ":" + server.controllerPort);
    }

    /** The journal is forced before an acknowledgement by default. */
    private void startBookKeeper() throws Exception {
        // Without it the start waits 30 s for an answer.
        System.setProperty("zookeeper.4lw.commands.whitelist", "*");
        BookKeeperServiceRunner.builder()
                .startZk(true)
                .zkPort(zooKeeperPort)
                .ledgersPath(LEDGERS)
                .ledgersDir(
                        Files.createDirectories(directory.resolve("ledgers")).toString())
                .bookiePorts(List.of(freePort()))
                .build()
                .startAll();
    }

    /** The defaults, but for what a cluster of one node needs. */
    private void startSegmentStore() throws Exception {
        String port = String.valueOf(freePort());
        Properties settings = new Properties();
        settings.setProperty("pravegaservice.container.count", String.valueOf(CONTAINERS));
        settings.setProperty("pravegaservice.zk.connect.uri", zooKeeper());
        settings.setProperty("pravegaservice.service.listener.host.nameOrIp", LOOPBACK);
        settings.setProperty("pravegaservice.service.listener.port", port);
        settings.setProperty("pravegaservice.service.published.host.nameOrIp", LOOPBACK);
        settings.setProperty("pravegaservice.service.published.port", port);
        settings.setProperty("pravegaservice.rest.listener.enable", "false");
        settings.setProperty("pravegaservice.dataLog.impl.name", "BOOKKEEPER");
        settings.setProperty("bookkeeper.zk.connect.uri", zooKeeper());
        settings.setProperty("bookkeeper.ledger.path", LEDGERS);
        settings.setProperty("bookkeeper.ensemble.size", "1");
        settings.setProperty("bookkeeper.write.quorum.size", "1");
        settings.setProperty("bookkeeper.ack.quorum.size", "1");
        settings.setProperty("pravegaservice.storage.impl.name", "FILESYSTEM");
        settings.setProperty(
                "filesystem.root",
                Files.createDirectories(directory.resolve("tier-2")).toString());
        settings.setProperty("autoScale.controller.connect.uri", "tcp://" + LOOPBACK + ":" + controllerPort);
        new ServiceStarter(ServiceBuilderConfig.builder().include(settings).build()).start();
    }

    private void startController() throws IOException {
        System.setProperty("controller.container.count", String.valueOf(CONTAINERS));
        System.setProperty("controller.zk.connect.uri", zooKeeper());
        System.setProperty("controller.service.rpc.listener.port", String.valueOf(controllerPort));
        System.setProperty("controller.service.rpc.published.host.nameOrIp", LOOPBACK);
        System.setProperty("controller.service.rpc.published.port", String.valueOf(controllerPort));
        System.setProperty("controller.service.rest.listener.host.ip", LOOPBACK);
        System.setProperty("controller.service.rest.listener.port", String.valueOf(freePort()));
        Thread controller = new Thread(() -> Main.main(new String[0]), "controller"); // returns when it ends
        controller.start();
    }

    private String zooKeeper() {
        return LOOPBACK + ":" + zooKeeperPort;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
