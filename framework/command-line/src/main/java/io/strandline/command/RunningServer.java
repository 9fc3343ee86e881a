package io.strandline.command;

import io.strandline.Strandline;
import io.strandline.server.ServedLog;
import io.strandline.server.StrandlineServer;
import io.strandline.server.security.Security;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/** A log in this process, with its doors. */
final class RunningServer {

    private final Vertx vertx;
    private final StrandlineServer tcp;

    private RunningServer(Vertx vertx, StrandlineServer tcp) {
        this.vertx = vertx;
        this.tcp = tcp;
    }

    /** Starts all parts. Blocks. Nothing is left open if one of them fails. */
    static RunningServer start(Path directory, ServerParts parts) {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = Waiting.of(Strandline.open(vertx, "file:" + directory, parts.log()));
            ServedLog served = ServedLog.of(log);
            if (parts.security() != null) {
                served = served.secured(Waiting.of(Security.open(vertx, parts.security())));
            }
            return new RunningServer(vertx, Waiting.of(StrandlineServer.listen(vertx, served, parts.tcp())));
        } catch (RuntimeException e) {
            Waiting.of(vertx.close());
            throw e;
        }
    }

    /** Where clients connect. */
    String address() {
        String host = tcp.host().contains(":") ? "[" + tcp.host() + "]" : tcp.host();
        return "tcp://" + host + ":" + tcp.port();
    }

    /** Stops all parts, in the order of their dependence. Blocks until the log is closed. */
    void stop() {
        Waiting.of(vertx.close());
    }
}
