package io.strandline.command;

import io.strandline.Strandline;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.server.StrandlineServer;
import io.strandline.server.security.Security;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A log in this process, with its doors. */
final class RunningServer {

    private final Vertx vertx;
    private final ServerMetrics metrics;
    private final StrandlineServer tcp;
    private final @Nullable RestServer rest;
    private final String restScheme;

    private RunningServer(
            Vertx vertx, ServerMetrics metrics, StrandlineServer tcp, @Nullable RestServer rest, String restScheme) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.tcp = tcp;
        this.rest = rest;
        this.restScheme = restScheme;
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
            ServerMetrics metrics = ServerMetrics.of(vertx, log);
            served.exposed().metrics(() -> Future.succeededFuture(metrics.text()));
            RestOptions options = parts.rest();
            RestServer rest = options == null ? null : Waiting.of(RestServer.listen(vertx, served, options));
            return new RunningServer(
                    vertx,
                    metrics,
                    Waiting.of(StrandlineServer.listen(vertx, served, parts.tcp())),
                    rest,
                    options == null || options.getTls() == null ? "http" : "https");
        } catch (RuntimeException e) {
            Waiting.of(vertx.close());
            throw e;
        }
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

    private static String place(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** Stops all parts, in the order of their dependence. Blocks until the log is closed. */
    void stop() {
        Waiting.of(vertx.close());
        metrics.close();
    }
}
