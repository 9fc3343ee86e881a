package io.strandline.benchmarks.projection;

import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * Counts the events of each key by one transaction per event, which moves a position too: exactly once as it is done by hand. Each
 * partition has a connection. A transaction is one statement, so that it takes one round trip, and events are made and not read.
 */
public final class EventTransactions implements Side {

    static final String NAME = "one transaction per event";

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        MeasuredDatabase database = MeasuredDatabase.connect(vertx, job, job.partitions() + 1);
        String positions = database.table() + "_positions";
        Awaited.await(database.pool()
                .query("CREATE TABLE " + positions + " (partition_id BIGINT PRIMARY KEY, next_offset BIGINT NOT NULL)")
                .execute());
        SharedProgress load = new SharedProgress(Long.MAX_VALUE);
        String[] keys = new EventSource().keys();
        for (int partition = 0; partition < job.partitions(); partition++) {
            Partition one = new Partition(partition, job.partitions(), keys, load);
            Awaited.await(database.pool()
                    .preparedQuery("INSERT INTO " + positions + " VALUES ($1, 0)")
                    .execute(Tuple.of((long) partition))
                    .compose(begun -> database.pool().getConnection())
                    .onSuccess(connection -> one.next(statement(connection, database, positions))));
        }
        Measurement measured = Window.measure(job, load, CpuTime.ofThisProcess());
        Awaited.await(database.requireExactlyOnce("SELECT coalesce(sum(next_offset), 0)::bigint FROM " + positions));
        return List.of(measured);
    }

    private static PreparedQuery<RowSet<Row>> statement(
            SqlConnection connection, MeasuredDatabase database, String positions) {
        return connection.preparedQuery("WITH moved AS (UPDATE " + positions
                + " SET next_offset = next_offset + 1 WHERE partition_id = $2) " + database.counting());
    }

    /** The events of one partition, whose keys are no other's. The number of keys is a multiple of the number of partitions. */
    private static final class Partition {

        private final EventSource source = new EventSource();
        private final int number;
        private final int partitions;
        private final String[] keys;
        private final SharedProgress load;

        Partition(int number, int partitions, String[] keys, SharedProgress load) {
            this.number = number;
            this.partitions = partitions;
            this.keys = keys;
            this.load = load;
        }

        void next(PreparedQuery<RowSet<Row>> statement) {
            int key = source.nextKey() / partitions * partitions + number;
            Future<?> counted = statement.execute(Tuple.of(keys[key], (long) number));
            counted.onFailure(load::fail).onSuccess(done -> {
                load.count();
                next(statement);
            });
        }
    }
}
