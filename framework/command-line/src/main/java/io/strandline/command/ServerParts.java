package io.strandline.command;

import io.strandline.client.ClientOptions;
import io.strandline.log.LogOptions;
import io.strandline.server.ServerOptions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The options of all parts of a server.
 *
 * @param log of the log, section {@code log}
 * @param tcp of the TCP protocol, section {@code tcp}
 */
record ServerParts(LogOptions log, ServerOptions tcp) {

    /** Sections of a configuration, and the options that each has. */
    static final Map<String, Class<?>> SECTIONS =
            new TreeMap<>(Map.of("log", LogOptions.class, "tcp", ServerOptions.class, "client", ClientOptions.class));

    static ServerParts of(Configuration configuration, List<String> arguments) {
        LogOptions log = new LogOptions(configuration.section("log", new LogOptions().toJson(), arguments));
        ServerOptions tcp = new ServerOptions(configuration.section("tcp", new ServerOptions().toJson(), arguments));
        log.validate();
        tcp.validate();
        return new ServerParts(log, tcp);
    }
}
