package io.strandline.command;

import io.strandline.client.ClientOptions;
import io.strandline.log.LogOptions;
import io.strandline.server.RestOptions;
import io.strandline.server.ServerOptions;
import io.strandline.server.security.SecurityOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The options of all parts of a server.
 *
 * @param log of the log, section {@code log}
 * @param tcp of the TCP protocol, section {@code tcp}
 * @param rest of the REST interface, section {@code rest}. Null for none
 * @param security who may do what, section {@code security}. Null if nothing of it is given: then everybody may do everything
 */
record ServerParts(
        LogOptions log,
        ServerOptions tcp,
        @Nullable RestOptions rest,
        @Nullable SecurityOptions security) {

    /** Sections of a configuration, and the options that each has. */
    static final Map<String, Class<?>> SECTIONS = new TreeMap<>(Map.of(
            "log",
            LogOptions.class,
            "tcp",
            ServerOptions.class,
            "client",
            ClientOptions.class,
            "rest",
            RestOptions.class,
            "security",
            SecurityOptions.class));

    static ServerParts of(Configuration configuration, List<String> arguments) {
        RestOptions rest = new RestOptions(configuration.section("rest", new RestOptions().toJson(), arguments));
        rest.validate();
        LogOptions log = new LogOptions(configuration.section("log", new LogOptions().toJson(), arguments));
        ServerOptions tcp = new ServerOptions(configuration.section("tcp", new ServerOptions().toJson(), arguments));
        JsonObject security = configuration.section("security", new SecurityOptions().toJson(), arguments);
        log.validate();
        tcp.validate();
        return new ServerParts(log, tcp, rest, security.isEmpty() ? null : new SecurityOptions(security));
    }

    ServerParts withoutRest() {
        return new ServerParts(log, tcp, null, security);
    }
}
