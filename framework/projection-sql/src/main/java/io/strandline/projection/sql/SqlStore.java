package io.strandline.projection.sql;

import io.strandline.StrandlineException;
import io.strandline.processing.projection.ProjectionBatch;
import io.strandline.processing.projection.ProjectionId;
import io.strandline.processing.projection.ProjectionStore;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The store of a projection in PostgreSQL, or in a database that takes its statements.
 *
 * <pre>{@code
 * SqlStore<Order> store = SqlStore.of(pool, (connection, batch) -> connection
 *         .preparedQuery("INSERT INTO orders (id, pieces) VALUES ($1, $2)")
 *         .executeBatch(batch.records().stream().map(Orders::row).toList()));
 * Projection.open(vertx, log, sync, Order.CODEC, store, options);
 * }</pre>
 *
 * <p>Positions are kept in a table of the same database, which is created if it does not exist, by this statement. An application
 * whose user may create no tables creates it itself:
 *
 * <pre>
 * CREATE TABLE IF NOT EXISTS strandline_positions (
 *   projection   VARCHAR(128) NOT NULL,
 *   version      INTEGER      NOT NULL,
 *   partition_id BIGINT       NOT NULL,
 *   next_offset  BIGINT       NOT NULL,
 *   PRIMARY KEY (projection, version, partition_id))
 * </pre>
 *
 * <p>A batch is one transaction: it moves the position if that is where the batch begins, and then the handler writes its rows. The
 * lock on the row of the position makes two members that have the same partition wait for each other, and the second is refused
 * (Fenced). Any isolation level will do.
 *
 * <p>A failure of the connection or of the server's system, a server that starts or stops, a lack of its resources, a statement that
 * was cancelled or took too long for the server, a deadlock and a failed serialization are {@link StrandlineException.Unavailable},
 * and {@link StrandlineException.Unknown} where the commit was sent. Whatever fails before the handler is called, such as a refused
 * password or a missing table of positions, is Unavailable too. The projection then asks again. Other failures are those of an event.
 * The pool is the application's to close, after the projection. One connection is used for each partition of a member that has a batch
 * under way.
 *
 * @param <E> event
 */
public final class SqlStore<E> implements ProjectionStore<E> {

    /** The table of positions, if no other is given. */
    public static final String DEFAULT_TABLE = "strandline_positions";

    private static final Pattern TABLE = Pattern.compile("([a-z_][a-z0-9_]{0,62}\\.)?[a-z_][a-z0-9_]{0,62}");

    private final Pool pool;
    private final SqlBatchHandler<E> handler;
    private final String table;

    private SqlStore(Pool pool, SqlBatchHandler<E> handler, String table) {
        this.pool = pool;
        this.handler = handler;
        this.table = table;
    }

    /** A store with its positions in {@value #DEFAULT_TABLE}. */
    public static <E> SqlStore<E> of(Pool pool, SqlBatchHandler<E> handler) {
        return of(pool, handler, DEFAULT_TABLE);
    }

    /**
     * A store with its positions in another table.
     *
     * @param table its name, with a schema if need be: small letters, digits and underscores, at most 63 for each part
     * @throws StrandlineException.Invalid if the name is of another form
     */
    public static <E> SqlStore<E> of(Pool pool, SqlBatchHandler<E> handler, String table) {
        if (!TABLE.matcher(table).matches()) {
            throw new StrandlineException.Invalid("table \"" + table
                    + "\" may have a schema, small letters, digits and underscores, at most 63 in each part");
        }
        return new SqlStore<>(pool, handler, table);
    }

    @Override
    public Future<Void> open(ProjectionId projection) {
        return typed(pool.query("CREATE TABLE IF NOT EXISTS " + table
                        + " (projection VARCHAR(128) NOT NULL, version INTEGER NOT NULL, partition_id BIGINT NOT NULL,"
                        + " next_offset BIGINT NOT NULL, PRIMARY KEY (projection, version, partition_id))")
                .execute()
                // Of two that create it at once one fails, and a user without the right to create it may use it.
                .recover(failure -> pool.query("SELECT 1 FROM " + table + " WHERE 1 = 0")
                        .execute()
                        .recover(missing -> Future.failedFuture(failure)))
                .mapEmpty());
    }

    @Override
    public Future<SortedMap<Long, Long>> positions(ProjectionId projection) {
        return typed(pool.preparedQuery(
                        "SELECT partition_id, next_offset FROM " + table + " WHERE projection = $1 AND version = $2")
                .execute(Tuple.of(projection.name(), projection.version()))
                .map(SqlStore::positions));
    }

    private static SortedMap<Long, Long> positions(RowSet<Row> rows) {
        SortedMap<Long, Long> positions = new TreeMap<>();
        rows.forEach(row -> positions.put(row.getLong(0), row.getLong(1)));
        return positions;
    }

    /** Members that begin at once do so one after the other, and only the first writes. */
    @Override
    public Future<Void> begin(ProjectionId projection, SortedMap<Long, Long> positions) {
        return inTransaction(connection -> connection
                // At another level the count would not see what was committed while the lock was awaited.
                .query("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
                .execute()
                .compose(set -> connection
                        .preparedQuery("SELECT pg_advisory_xact_lock(hashtext($1), $2)")
                        .execute(Tuple.of(table + " " + projection.name(), projection.version())))
                .compose(locked -> connection
                        .preparedQuery("SELECT count(*) FROM " + table + " WHERE projection = $1 AND version = $2")
                        .execute(Tuple.of(projection.name(), projection.version())))
                .compose(counted -> {
                    if (positions.isEmpty() || counted.iterator().next().getLong(0) > 0) {
                        return Future.succeededFuture();
                    }
                    List<Tuple> rows = new ArrayList<>();
                    positions.forEach((partition, offset) ->
                            rows.add(Tuple.of(projection.name(), projection.version(), partition, offset)));
                    return connection.preparedQuery(insert()).executeBatch(rows);
                }));
    }

    private String insert() {
        return "INSERT INTO " + table + " (projection, version, partition_id, next_offset) VALUES ($1, $2, $3, $4)";
    }

    @Override
    public Future<Void> apply(ProjectionBatch<E> batch) {
        return inTransaction(connection -> beforeEvents(move(connection, batch))
                .compose(moved -> batch.records().isEmpty()
                        ? Future.succeededFuture()
                        : UserCode.future(
                                "the handler of projection " + batch.projection(),
                                () -> handler.write(connection, batch).map(written -> null))));
    }

    /** Moves the position from where the batch begins. The row stays locked until the transaction ends. */
    private Future<?> move(SqlConnection connection, ProjectionBatch<E> batch) {
        ProjectionId id = batch.projection();
        return connection
                .preparedQuery("UPDATE " + table + " SET next_offset = $1"
                        + " WHERE projection = $2 AND version = $3 AND partition_id = $4 AND next_offset = $5")
                .execute(Tuple.of(batch.to(), id.name(), id.version(), batch.partition(), batch.from()))
                .compose(moved -> moved.rowCount() == 0 && batch.from() == 0
                        ? connection
                                .preparedQuery(insert() + " ON CONFLICT DO NOTHING")
                                .execute(Tuple.of(id.name(), id.version(), batch.partition(), batch.to()))
                        : Future.succeededFuture(moved))
                .compose(moved -> moved.rowCount() == 1
                        ? Future.succeededFuture()
                        : Future.failedFuture(new StrandlineException.Fenced("projection " + id + " is not at offset "
                                + batch.from() + " of partition " + batch.partition() + " of " + batch.stream()
                                + ": another member has applied events there")));
    }

    @Override
    public Future<Void> delete(ProjectionId projection) {
        return typed(pool.preparedQuery("DELETE FROM " + table + " WHERE projection = $1 AND version = $2")
                .execute(Tuple.of(projection.name(), projection.version()))
                .mapEmpty());
    }

    // ---- transactions

    /** What the work throws rolls back, and so does a failed commit. The connection goes back in any case. */
    private Future<Void> inTransaction(Function<SqlConnection, Future<?>> work) {
        return beforeEvents(pool.getConnection()).compose(connection -> beforeEvents(connection.begin())
                .compose(transaction -> typed(work.apply(connection))
                        .transform(worked -> worked.succeeded()
                                ? commit(transaction)
                                : transaction
                                        .rollback()
                                        .transform(rolledBack -> Future.<Void>failedFuture(worked.cause()))))
                .transform(done -> connection
                        .close()
                        .transform(closed -> done.succeeded()
                                ? Future.<Void>succeededFuture()
                                : Future.<Void>failedFuture(done.cause()))));
    }

    private static Future<Void> commit(Transaction transaction) {
        return transaction.commit().recover(failure -> Future.failedFuture(SqlFailures.ofCommit(failure)));
    }

    private static <T> Future<T> beforeEvents(Future<T> call) {
        return call.recover(failure -> Future.failedFuture(SqlFailures.beforeEvents(failure)));
    }

    private static <T> Future<T> typed(Future<T> call) {
        return call.recover(failure -> Future.failedFuture(SqlFailures.typed(failure)));
    }
}
