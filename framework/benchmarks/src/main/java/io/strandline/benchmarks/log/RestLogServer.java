package io.strandline.benchmarks.log;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.benchmarks.ParentWatch;
import io.strandline.log.LogOptions;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.vertx.core.Vertx;

/** The JVM of a REST server. Says {@link #PORT} and its port when it serves. */
final class RestLogServer {

    static final String PORT = "PORT ";
    static final String STREAM = "bench/events";

    private RestLogServer() {}

    public static void main(String[] arguments) {
        ParentWatch.exitWithParent();
        Vertx vertx = Vertx.vertx();
        StreamOptions stream = new StreamOptions()
                .setPartitions(Integer.parseInt(arguments[1]))
                .setCreateScope(true);
        Strandline.open(vertx, "file:" + arguments[0], new LogOptions())
                .compose(log -> log.catalog()
                        .createStream(STREAM, stream)
                        .compose(created -> RestServer.listen(vertx, ServedLog.of(log), new RestOptions().setPort(0))))
                .onSuccess(server -> System.out.println(PORT + server.port()))
                .onFailure(cause -> {
                    cause.printStackTrace();
                    System.exit(1);
                });
    }
}
