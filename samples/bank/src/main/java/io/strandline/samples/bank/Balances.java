package io.strandline.samples.bank;

import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.projection.Projection;
import io.strandline.processing.projection.ProjectionBatch;
import io.strandline.processing.projection.ProjectionOptions;
import io.strandline.projection.sql.SqlStore;
import io.strandline.samples.bank.AccountEvent.Deposited;
import io.strandline.samples.bank.AccountEvent.Withdrawn;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.stream.StreamSupport;

/** The balances of all accounts as a table in PostgreSQL, where they can be asked for together. */
final class Balances {

    private static final String TABLE = "create table if not exists balances"
            + " (account text primary key, balance bigint not null, paid_in bigint not null)";

    private static final String CHANGE = "insert into balances (account, balance, paid_in) values ($1, $2, $3)"
            + " on conflict (account) do update set balance = balances.balance + excluded.balance,"
            + " paid_in = balances.paid_in + excluded.paid_in";

    private static final String TOTAL =
            "select coalesce(sum(balance), 0)::bigint, count(*)," + " coalesce(sum(paid_in), 0)::bigint from balances";

    private static final String RICHEST =
            "select account, balance from balances order by balance desc, account limit $1";

    private final Strandline log;
    private final Pool pool;
    private final Projection projection;

    /**
     * What all accounts have together, in cents.
     *
     * @param paidIn what was deposited, less what was withdrawn
     */
    record Total(long cents, long accounts, long paidIn) {}

    private Balances(Strandline log, Pool pool, Projection projection) {
        this.log = log;
        this.pool = pool;
        this.projection = projection;
    }

    static Future<Balances> open(Vertx vertx, Strandline log, StateSync sync, Pool pool) {
        ProjectionOptions options = new ProjectionOptions()
                .setName("bank/balances")
                .setGroup(new GroupOptions().setStreams(Account.STREAM));
        return pool.query(TABLE)
                .execute()
                .compose(created -> Projection.open(
                        vertx, log, sync, Account.DEFINITION.eventCodec(), SqlStore.of(pool, Balances::write), options))
                .map(projection -> new Balances(log, pool, projection));
    }

    /** The rows and the position of the projection change together. */
    private static Future<?> write(SqlConnection connection, ProjectionBatch<AccountEvent> batch) {
        return connection
                .preparedQuery(CHANGE)
                .executeBatch(batch.records().stream().map(Balances::row).toList());
    }

    private static Tuple row(EventRecord<AccountEvent> record) {
        AccountEvent event = record.event();
        boolean isPayment = event instanceof Deposited || event instanceof Withdrawn;
        return Tuple.of(record.key(), event.change(), isPayment ? event.change() : 0L);
    }

    /** With all events that the accounts have by the time of the call. */
    Future<Total> total() {
        return log.catalog()
                .endCut(Account.STREAM)
                .compose(projection::awaitPosition)
                .compose(applied -> pool.query(TOTAL).execute())
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Total(row.getLong(0), row.getLong(1), row.getLong(2));
                });
    }

    /** The accounts with the highest balances. */
    Future<List<JsonObject>> richest(int count) {
        return pool.preparedQuery(RICHEST).execute(Tuple.of(count)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(row -> new JsonObject().put("account", row.getString(0)).put("balance", row.getLong(1)))
                .toList());
    }

    Future<Void> close() {
        return projection.close();
    }
}
