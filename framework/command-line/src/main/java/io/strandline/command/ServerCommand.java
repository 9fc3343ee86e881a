package io.strandline.command;

import io.strandline.StrandlineException;
import io.strandline.command.setting.Configuration;
import io.strandline.command.setting.Surroundings;
import io.strandline.command.setting.Waiting;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code strandline server}: a log and the doors to it, until SIGTERM or SIGINT. */
@Command(
        name = "server",
        description = {
            "Opens a log and serves it until SIGTERM or SIGINT.",
            "The stop loses nothing that was acknowledged: clients are told to leave, what has come is answered, and the log is"
                    + " closed with a checkpoint."
        },
        mixinStandardHelpOptions = true)
final class ServerCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Output output = new Output();

    @Option(
            names = "--data",
            paramLabel = "DIRECTORY",
            description = "Data directory of the log, created if it is missing.")
    private @Nullable Path data;

    @Option(names = "--host", description = "Address to listen at. Default: 127.0.0.1.")
    private @Nullable String host;

    @Option(names = "--port", description = "Port of the TCP protocol, 0 for any. Default: 7475.")
    private @Nullable Integer port;

    @Option(names = "--rest-port", description = "Port of the REST interface, 0 for any. Default: 7476.")
    private @Nullable Integer restPort;

    @Option(names = "--no-rest", fallbackValue = "true", description = "Serves no REST interface.")
    private boolean noRest;

    @Option(
            names = "--bridge-port",
            description =
                    "Port of the TCP bridge to the event bus, where the log's addresses begin with strandline.NAME. Default: none is"
                            + " served.")
    private @Nullable Integer bridgePort;

    @Option(
            names = "--sockjs-port",
            description =
                    "Port of the SockJS bridge to the event bus, for browsers, at /eventbus. Default: none is served.")
    private @Nullable Integer sockjsPort;

    @Option(
            names = "--name",
            description =
                    "Name of the log in its addresses on the event bus. Two servers of a cluster need two. Default: log.")
    private @Nullable String name;

    @Option(
            names = "--cluster-port",
            description =
                    "Port of Hazelcast, 0 for any, by which the server is a member of a cluster of Vert.x: verticles of other"
                            + " members use the log over their event bus. Default: it is in none.")
    private @Nullable Integer clusterPort;

    @Option(
            names = "--cluster-members",
            paramLabel = "HOST:PORT,...",
            description = "Where Hazelcast of other members listens. Default: none, the server begins a cluster.")
    private @Nullable String clusterMembers;

    @Option(
            names = "--backup-dir",
            paramLabel = "DIRECTORY",
            description = "Where backups go that clients ask for. Default: none, they are refused.")
    private @Nullable Path backupDir;

    @Option(
            names = "--insecure",
            fallbackValue = "true",
            description =
                    "Serves other machines without TLS and authentication, and lets them be members of the cluster. Default: it is refused.")
    private boolean insecure;

    @Option(
            names = "--set",
            paramLabel = "SECTION.OPTION=VALUE",
            description =
                    "An option of a part of the server: log.… (LogOptions), tcp.… (ServerOptions), rest.… (RestOptions), bus.…"
                            + " (EventBusOptions), bridge.… and sockjs.… (BusBridgeOptions), cluster.…"
                            + " (ClusterOptions: host, port, busPort, name, members, lite, tls, insecure), metrics.… (MetricsOptions: intervalMillis, streams,"
                            + " partitions, maxStreams), security.…"
                            + " (SecurityOptions), see OPTIONS.md. May be repeated.")
    private List<String> set = new ArrayList<>();

    @Override
    public Integer call() {
        Path directory = data;
        if (directory == null) {
            throw new StrandlineException.Invalid("a server needs --data DIRECTORY");
        }
        ServerParts parts = ServerParts.of(Surroundings.of(spec).configuration(), arguments());
        CountDownLatch stopped = new CountDownLatch(1);
        RunningServer server = RunningServer.start(directory, chosen(parts));
        // A signal ends the process when its hooks have ended.
        Thread hook = new Thread(
                () -> {
                    server.stop();
                    output.remark("stopped");
                    stopped.countDown();
                },
                "strandline-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        output.line(
                new JsonObject()
                        .put("log", directory.toString())
                        .put("tcp", server.address())
                        .put("rest", server.restAddress())
                        .put("bridges", new JsonArray(server.bridges()))
                        .put("cluster", server.cluster()),
                "serves " + directory + " at " + String.join(" and ", server.addresses()));
        Waiting.await(stopped);
        return ExitCode.DONE;
    }

    private ServerParts chosen(ServerParts parts) {
        ServerParts named = name == null ? parts : parts.named(name);
        return noRest ? named.withoutRest() : named;
    }

    /**
     * What the short options stand for comes after what is set by name. The address of a cluster's member comes before: other members have to
     * find it, so it is seldom that of the doors, and never all addresses of the machine.
     */
    private List<String> arguments() {
        List<String> all = new ArrayList<>();
        if (host != null && !ServerPlaces.isEverywhere(host)) {
            all.add("cluster.host=" + host);
        }
        all.addAll(set);
        if (host != null) {
            all.add("tcp.host=" + host);
            all.add("rest.host=" + host);
            all.add("bridge.host=" + host);
            all.add("sockjs.host=" + host);
        }
        if (port != null) {
            all.add("tcp.port=" + port);
        }
        if (restPort != null) {
            all.add("rest.port=" + restPort);
        }
        if (bridgePort != null) {
            all.add("bridge.port=" + bridgePort);
        }
        if (sockjsPort != null) {
            all.add("sockjs.port=" + sockjsPort);
        }
        if (clusterPort != null) {
            all.add("cluster.port=" + clusterPort);
        }
        if (clusterMembers != null) {
            all.add("cluster.members=" + clusterMembers);
        }
        if (insecure) {
            all.add("tcp.insecure=true");
            all.add("rest.insecure=true");
            all.add("bridge.insecure=true");
            all.add("sockjs.insecure=true");
            all.add("cluster.insecure=true");
            all.add("bus.insecure=true");
        }
        if (backupDir != null) {
            all.add("log.backupDirectory=" + backupDir);
        }
        Configuration.requireSections(all);
        return all;
    }
}
