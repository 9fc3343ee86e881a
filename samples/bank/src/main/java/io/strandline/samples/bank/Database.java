package io.strandline.samples.bank;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * A PostgreSQL of the sample's own, from Maven artifacts, on loopback. Its files stay, and so does its process if the sample is killed:
 * the next run uses it.
 */
final class Database {

    private static final int CONNECTIONS = 8;

    private final int port;
    private final Callable<Void> stop;

    private Database(int port, Callable<Void> stop) {
        this.port = port;
        this.stop = stop;
    }

    /** Starts it, or finds it. Blocks. */
    static Database start(Path directory) throws IOException {
        Optional<Database> running = running(directory);
        if (running.isPresent()) {
            return running.get();
        }
        Files.createDirectories(directory);
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setDataDirectory(directory)
                .setCleanDataDirectory(false)
                .start();
        return new Database(server.getPort(), () -> {
            server.close();
            return null;
        });
    }

    /** The server that an earlier run has left, by the file in which PostgreSQL says where it runs. */
    private static Optional<Database> running(Path directory) throws IOException {
        Path file = directory.resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(file);
        return ProcessHandle.of(Long.parseLong(lines.get(0).trim()))
                .filter(process -> process.isAlive() && lines.size() > 3)
                .map(process -> new Database(Integer.parseInt(lines.get(3).trim()), () -> {
                    process.destroy();
                    return null;
                }));
    }

    Pool pool(Vertx vertx) {
        return PgBuilder.pool()
                .connectingTo(new PgConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(port)
                        .setUser("postgres")
                        .setDatabase("postgres"))
                .with(new PoolOptions().setMaxSize(CONNECTIONS))
                .using(vertx)
                .build();
    }

    Future<Void> stop(Vertx vertx) {
        return vertx.executeBlocking(stop);
    }
}
