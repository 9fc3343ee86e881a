package io.strandline.command;

import io.strandline.Strandline;
import io.strandline.command.setting.ClusterOptions;
import io.strandline.command.setting.Waiting;
import io.strandline.server.BusBridge;
import io.strandline.server.BusBridgeOptions;
import io.strandline.server.EventBusOptions;
import io.strandline.server.EventBusServer;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.server.StrandlineServer;
import io.strandline.server.security.Security;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A log in this process, with its doors. */
final class RunningServer {

    private final Vertx vertx;
    private final ServerMetrics metrics;
    private final StrandlineServer tcp;
    private final @Nullable RestServer rest;
    private final String restScheme;
    private final List<String> bridges;
    private final @Nullable String cluster;

    private RunningServer(
            Vertx vertx,
            ServerMetrics metrics,
            StrandlineServer tcp,
            @Nullable RestServer rest,
            String restScheme,
            List<String> bridges,
            @Nullable String cluster) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.tcp = tcp;
        this.rest = rest;
        this.restScheme = restScheme;
        this.bridges = List.copyOf(bridges);
        this.cluster = cluster;
    }

    /** Starts all parts, the log when all that can be checked without it is. Blocks. Nothing is left open if one of them fails. */
    static RunningServer start(Path directory, ServerParts parts) {
        ClusterOptions cluster = parts.cluster();
        ClusterMember member = cluster == null ? null : ClusterMember.join(cluster);
        Vertx vertx = member == null ? Vertx.vertx() : member.vertx();
        try {
            Security security = parts.security() == null ? null : Waiting.of(Security.open(vertx, parts.security()));
            ServerPlaces.require(vertx, parts);
            Strandline log = Waiting.of(Strandline.open(vertx, "file:" + directory, parts.log()));
            ServedLog open = ServedLog.of(parts.name(), log);
            ServedLog served = security == null ? open : open.secured(security);
            ServerMetrics metrics = ServerMetrics.of(vertx, served, parts.metrics());
            served.exposed().metrics(() -> Future.succeededFuture(metrics.text()));
            RestOptions options = parts.rest();
            RestServer rest = options == null ? null : Waiting.of(RestServer.listen(vertx, served, options));
            List<String> bridges = bridges(vertx, served, parts);
            return new RunningServer(
                    vertx,
                    metrics,
                    Waiting.of(StrandlineServer.listen(vertx, served, parts.tcp())),
                    rest,
                    options == null || options.getTls() == null ? "http" : "https",
                    bridges,
                    member == null ? null : member.place());
        } catch (RuntimeException e) {
            Waiting.of(vertx.close());
            throw e;
        }
    }

    /** Opens the event bus, if it has a bridge or other members. Gives the addresses of the bridges. */
    private static List<String> bridges(Vertx vertx, ServedLog served, ServerParts parts) {
        BusBridgeOptions tcp = parts.bridge();
        BusBridgeOptions sockjs = parts.sockjs();
        List<String> all = new ArrayList<>();
        ClusterOptions cluster = parts.cluster();
        if (tcp == null && sockjs == null && cluster == null) {
            return all;
        }
        EventBusOptions bus = new EventBusOptions(parts.bus());
        if (cluster != null && ClusterMember.isOfThisMachine(cluster)) {
            bus.setInsecure(true); // as the other doors of this machine
        }
        Waiting.of(EventBusServer.serve(vertx, served, bus));
        if (tcp != null) {
            BusBridge bridge = Waiting.of(BusBridge.listen(vertx, served, tcp));
            all.add("bridge://" + place(bridge.host(), bridge.port()));
        }
        if (sockjs != null) {
            BusBridge bridge = Waiting.of(BusBridge.listen(vertx, served, sockjs));
            String scheme = sockjs.getTls() == null ? "http://" : "https://";
            all.add(scheme + place(bridge.host(), bridge.port()) + sockjs.getPath());
        }
        return all;
    }

    /** Where clients connect over TCP. */
    String address() {
        return "tcp://" + place(tcp.host(), tcp.port());
    }

    /** Where clients of the REST interface do, or null if there is none. */
    @Nullable
    String restAddress() {
        return rest == null ? null : restScheme + "://" + place(rest.host(), rest.port());
    }

    /** Where clients of the event bus do. */
    List<String> bridges() {
        return bridges;
    }

    /** Where other members of the cluster find the server, {@code host:port} of Hazelcast. Null if it is in none. */
    @Nullable
    String cluster() {
        return cluster;
    }

    /** All of them. */
    List<String> addresses() {
        List<String> all = new ArrayList<>();
        all.add(address());
        if (rest != null) {
            all.add(restScheme + "://" + place(rest.host(), rest.port()));
        }
        all.addAll(bridges);
        if (cluster != null) {
            all.add("hazelcast://" + cluster);
        }
        return all;
    }

    static String place(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** Stops all parts, in the order of their dependence. Blocks until the log is closed. */
    void stop() {
        Waiting.of(vertx.close());
        metrics.close();
    }
}
