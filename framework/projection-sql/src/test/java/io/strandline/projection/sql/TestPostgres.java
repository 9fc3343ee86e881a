package io.strandline.projection.sql;

import io.strandline.testkit.PostgresServer;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The one PostgreSQL of this module's tests. It starts with its first use and ends with the JVM. */
final class TestPostgres {

    private TestPostgres() {}

    private static final class Server {
        static final PostgresServer ONE = start();
    }

    private static PostgresServer start() {
        try {
            // A test cares for a process that is killed, not for a power cut.
            return PostgresServer.start("fsync=off", "max_connections=60");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int port() {
        return Server.ONE.port();
    }

    static PgConnectOptions connect(int toPort) {
        return new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(toPort)
                .setUser(PostgresServer.USER)
                .setDatabase(PostgresServer.USER);
    }

    static Pool pool(Vertx vertx) {
        return pool(vertx, connect(port()));
    }

    static Pool pool(Vertx vertx, PgConnectOptions connect) {
        return PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(8).setConnectionTimeout(10))
                .connectingTo(connect)
                .using(vertx)
                .build();
    }

    /** Ends all connections at once and starts again, as after a crash. */
    static void crash() throws IOException {
        stop();
        startAgain();
    }

    static void stop() throws IOException {
        Server.ONE.stop();
    }

    static void startAgain() throws IOException {
        Server.ONE.startAgain();
    }
}
