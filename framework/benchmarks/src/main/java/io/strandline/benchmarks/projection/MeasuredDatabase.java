package io.strandline.benchmarks.projection;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.testkit.PostgresServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The database under measurement, which every side reaches by a file with its port. A side has a table of totals of its own: the
 * number of events of each key.
 */
final class MeasuredDatabase {

    private static final String PORT = "port";
    private static final String LOG = "log";
    private static final int MAX_WAIT_SECONDS = 30;

    private final Pool pool;
    private final String table;

    private MeasuredDatabase(Pool pool, String table) {
        this.pool = pool;
        this.table = table;
    }

    /** Lets sides with this directory find a server. */
    static void announce(PostgresServer server, Path directory) throws IOException {
        Files.writeString(directory.resolve(PORT), String.valueOf(server.port()));
    }

    /** The same job, in the directory of the log. The other one is that of the database too. */
    static Job onLog(Job job) {
        return job.withDirectory(job.directory().resolve(LOG));
    }

    /** Connects to the announced server and creates an empty table. */
    static MeasuredDatabase connect(Vertx vertx, Job job, int connections) throws Exception {
        Pool pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(connections).setConnectionTimeout(MAX_WAIT_SECONDS))
                .connectingTo(new PgConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(Integer.parseInt(
                                Files.readString(job.directory().resolve(PORT))))
                        .setUser(PostgresServer.USER)
                        .setDatabase(PostgresServer.USER)
                        .setCachePreparedStatements(true))
                .using(vertx)
                .build();
        String table = "totals_" + ProcessHandle.current().pid();
        Awaited.await(pool.query("CREATE TABLE " + table + " (key TEXT PRIMARY KEY, events BIGINT NOT NULL)")
                .execute());
        return new MeasuredDatabase(pool, table);
    }

    Pool pool() {
        return pool;
    }

    String table() {
        return table;
    }

    /** The statement that counts an event. Its parameter is the key. */
    String counting() {
        return "INSERT INTO " + table + " AS had (key, events) VALUES ($1, 1)"
                + " ON CONFLICT (key) DO UPDATE SET events = had.events + 1";
    }

    /**
     * Fails unless the table has exactly the events before the positions.
     *
     * @param positions a query for the sum of the positions, which is asked in the same moment
     */
    Future<Void> requireExactlyOnce(String positions) {
        return pool.query("SELECT (SELECT coalesce(sum(events), 0)::bigint FROM " + table + "), (" + positions + ")")
                .execute()
                .compose(rows -> {
                    Row row = rows.iterator().next();
                    return row.getLong(0).equals(row.getLong(1))
                            ? Future.succeededFuture()
                            : Future.failedFuture(table + " has " + row.getLong(0) + " events, and its positions say "
                                    + row.getLong(1));
                });
    }
}
