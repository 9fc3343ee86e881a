package io.strandline.benchmarks.kafka;

import io.strandline.benchmarks.ParentWatch;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.Kafka;
import kafka.tools.StorageTool;

/**
 * Entry point of the broker's JVM: one node that is broker and controller, on free ports of the loopback interface,
 * formatted and started as Kafka's own scripts do it. Says {@link #PORT} and its port before it starts, and shuts down
 * in order when standard input ends.
 */
final class KafkaBroker {

    static final String LOOPBACK = "127.0.0.1";
    static final String PORT = "PORT ";

    private static final int NODE_ID = 1;
    private static final String CLUSTER_ID = "c3RyYW5kbGluZWJlbmNoMQ";

    private KafkaBroker() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        int port = freePort();
        Path settings = write(settings(directory.resolve("log"), port, freePort()), directory);
        format(settings);
        System.out.println(PORT + port);
        ParentWatch.exitWithParent(); // Kafka shuts down in a shutdown hook
        Kafka.main(new String[] {settings.toString()});
    }

    private static void format(Path settings) {
        String[] arguments = {
            "format", "--config", settings.toString(), "--cluster-id", CLUSTER_ID, "--ignore-formatted"
        };
        try (PrintStream silent = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            int exitCode = StorageTool.execute(arguments, silent);
            if (exitCode != 0) {
                throw new IllegalStateException("Formatting the broker's storage ended with exit code " + exitCode);
            }
        }
    }

    /** The defaults, but for what a cluster of one node needs. */
    private static Properties settings(Path log, int port, int controllerPort) {
        Properties settings = new Properties();
        settings.setProperty("node.id", String.valueOf(NODE_ID));
        settings.setProperty("process.roles", "broker,controller");
        settings.setProperty("listeners", listener("PLAINTEXT", port) + "," + listener("CONTROLLER", controllerPort));
        settings.setProperty("advertised.listeners", listener("PLAINTEXT", port));
        settings.setProperty("controller.listener.names", "CONTROLLER");
        settings.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.setProperty("controller.quorum.voters", NODE_ID + "@" + LOOPBACK + ":" + controllerPort);
        settings.setProperty("log.dirs", log.toString());
        settings.setProperty("offsets.topic.replication.factor", "1");
        settings.setProperty("transaction.state.log.replication.factor", "1");
        settings.setProperty("transaction.state.log.min.isr", "1");
        settings.setProperty("auto.create.topics.enable", "false");
        return settings;
    }

    private static Path write(Properties settings, Path directory) throws IOException {
        Path file = directory.resolve("server.properties");
        try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            settings.store(writer, null);
        }
        return file;
    }

    private static String listener(String name, int port) {
        return name + "://" + LOOPBACK + ":" + port;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
