package io.strandline.command;

import io.strandline.command.setting.ClusterOptions;
import io.strandline.command.setting.Configuration;
import io.strandline.log.LogOptions;
import io.strandline.metrics.MetricsOptions;
import io.strandline.server.BusBridgeOptions;
import io.strandline.server.BusBridgeOptions.Protocol;
import io.strandline.server.EventBusOptions;
import io.strandline.server.RestOptions;
import io.strandline.server.ServedLog;
import io.strandline.server.ServerOptions;
import io.strandline.server.security.SecurityOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options of all parts of a server.
 *
 * @param name of the log, in its addresses on the event bus
 * @param log of the log, section {@code log}
 * @param tcp of the TCP protocol, section {@code tcp}
 * @param rest of the REST interface, section {@code rest}. Null for none
 * @param bus of the event bus, section {@code bus}. It is opened for the bridges and for the cluster
 * @param bridge of the TCP bridge, section {@code bridge}. Null for none
 * @param sockjs of the SockJS bridge, section {@code sockjs}. Null for none
 * @param cluster of the cluster that the server is a member of, section {@code cluster}. Null for none
 * @param metrics what is measured, section {@code metrics}
 * @param security who may do what, section {@code security}. Null if nothing of it is given: then everybody may do everything
 */
record ServerParts(
        String name,
        LogOptions log,
        ServerOptions tcp,
        @Nullable RestOptions rest,
        EventBusOptions bus,
        @Nullable BusBridgeOptions bridge,
        @Nullable BusBridgeOptions sockjs,
        @Nullable ClusterOptions cluster,
        MetricsOptions metrics,
        @Nullable SecurityOptions security) {

    static ServerParts of(Configuration configuration, List<String> arguments) {
        RestOptions rest = new RestOptions(configuration.section("rest", new RestOptions().toJson(), arguments));
        rest.validate();
        LogOptions log = new LogOptions(configuration.section("log", new LogOptions().toJson(), arguments));
        ServerOptions tcp = new ServerOptions(configuration.section("tcp", new ServerOptions().toJson(), arguments));
        JsonObject security = configuration.section("security", new SecurityOptions().toJson(), arguments);
        MetricsOptions metrics =
                new MetricsOptions(configuration.section("metrics", new MetricsOptions().toJson(), arguments));
        metrics.validate();
        log.validate();
        tcp.validate();
        EventBusOptions bus =
                new EventBusOptions(configuration.section("bus", new EventBusOptions().toJson(), arguments));
        bus.validate();
        return new ServerParts(
                ServedLog.DEFAULT_NAME,
                log,
                tcp,
                rest,
                bus,
                bridge("bridge", Protocol.TCP, configuration, arguments),
                bridge("sockjs", Protocol.SOCKJS, configuration, arguments),
                cluster(configuration, arguments),
                metrics,
                security.isEmpty() ? null : new SecurityOptions(security));
    }

    /** A bridge that has a port, or null. */
    private static @Nullable BusBridgeOptions bridge(
            String section, Protocol protocol, Configuration configuration, List<String> arguments) {
        JsonObject given = configuration.section(section, new BusBridgeOptions().toJson(), arguments);
        if (!given.containsKey("port")) {
            return null;
        }
        BusBridgeOptions options = new BusBridgeOptions(given).setProtocol(protocol);
        options.validate();
        return options;
    }

    /** A cluster, if its section has a port, or null. */
    private static @Nullable ClusterOptions cluster(Configuration configuration, List<String> arguments) {
        JsonObject given = configuration.section("cluster", new ClusterOptions().toJson(), arguments);
        if (!given.containsKey("port")) {
            return null;
        }
        ClusterOptions options = new ClusterOptions(given);
        options.validate();
        return options;
    }

    ServerParts withoutRest() {
        return new ServerParts(name, log, tcp, null, bus, bridge, sockjs, cluster, metrics, security);
    }

    ServerParts named(String other) {
        return new ServerParts(other, log, tcp, rest, bus, bridge, sockjs, cluster, metrics, security);
    }
}
