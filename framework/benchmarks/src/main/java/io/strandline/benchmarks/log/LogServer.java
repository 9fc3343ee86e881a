package io.strandline.benchmarks.log;

import io.strandline.Strandline;
import io.strandline.benchmarks.ChildJvm;
import io.strandline.benchmarks.ParentWatch;
import io.strandline.log.LogOptions;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The JVM of a server, which serves a log of files on a free port of the loopback interface. Says {@link #PORT} and its port when it
 * serves.
 */
final class LogServer {

    private static final String PORT = "PORT ";
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private LogServer() {}

    public static void main(String[] arguments) {
        ParentWatch.exitWithParent();
        Vertx vertx = Vertx.vertx();
        Strandline.open(vertx, "file:" + arguments[0], new LogOptions())
                .compose(log -> StrandlineServer.listen(vertx, log, new ServerOptions().setPort(0)))
                .onSuccess(server -> System.out.println(PORT + server.port()))
                .onFailure(cause -> {
                    cause.printStackTrace();
                    System.exit(1);
                });
    }

    /** Starts a server of the log in a directory. */
    static ChildJvm start(Path directory) throws IOException {
        return ChildJvm.start(LogServer.class, directory.toString());
    }

    /** As {@link #start}, with another heap. */
    static ChildJvm startWithHeap(String heap, Path directory) throws IOException {
        return ChildJvm.startWithHeap(heap, LogServer.class, directory.toString());
    }

    /** Waits until a server serves. Returns the address of its log. */
    static String address(ChildJvm server) throws InterruptedException {
        return "tcp://127.0.0.1:" + server.awaitLine(PORT, START_LIMIT).substring(PORT.length());
    }
}
