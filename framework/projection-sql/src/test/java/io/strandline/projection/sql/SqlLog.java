package io.strandline.projection.sql;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.projection.ProjectionBatch;
import io.strandline.processing.projection.ProjectionOptions;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What tests of this module and the processes that they kill have in common: a stream of numbered texts, and its model. */
final class SqlLog {

    static final String STREAM = "shop/orders";
    static final int KEYS = 20;

    private SqlLog() {}

    static final EventCodec<String> TEXT = new EventCodec<>() {
        @Override
        public EventType typeOf(String event) {
            return EventType.RAW;
        }

        @Override
        public void encode(String event, PayloadOutput out) {
            byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
            out.write(bytes, 0, bytes.length);
        }

        @Override
        public String decode(EventType type, byte[] bytes, int from, int length) {
            return new String(bytes, from, length, StandardCharsets.UTF_8);
        }
    };

    /**
     * Two tables for each model: {@code NAME_events} with every event that was applied, in the order of {@code id}, and no constraint
     * that would hide a second time. {@code NAME_counts} with the number of events of each key.
     */
    static Future<Void> createTables(Pool pool, String name) {
        return pool.query("CREATE TABLE IF NOT EXISTS " + name
                        + "_events (id BIGSERIAL, partition_id BIGINT, number BIGINT, key TEXT, event TEXT)")
                .execute()
                .compose(done -> pool.query("CREATE TABLE IF NOT EXISTS " + name
                                + "_counts (key TEXT PRIMARY KEY, events BIGINT NOT NULL)")
                        .execute())
                .mapEmpty();
    }

    static Future<?> write(String name, SqlConnection connection, ProjectionBatch<String> batch) {
        List<Tuple> events = batch.records().stream()
                .map(record -> Tuple.of(record.partition(), record.offset(), record.key(), record.event()))
                .toList();
        List<Tuple> keys =
                batch.records().stream().map(record -> Tuple.of(record.key())).toList();
        return connection
                .preparedQuery(
                        "INSERT INTO " + name + "_events (partition_id, number, key, event) VALUES ($1, $2, $3, $4)")
                .executeBatch(events)
                .compose(written -> connection
                        .preparedQuery("INSERT INTO " + name
                                + "_counts AS had (key, events) VALUES ($1, 1) ON CONFLICT (key) DO UPDATE SET"
                                + " events = had.events + 1")
                        .executeBatch(keys));
    }

    static ProjectionOptions options(String name) {
        return new ProjectionOptions()
                .setName("shop/" + name)
                .setBatchEvents(50)
                .setStoreTimeoutMillis(30_000)
                .setGroup(new GroupOptions()
                        .setStreams(STREAM)
                        .setLeaseMillis(2_000)
                        .setCommitIntervalMillis(50)
                        .setMaxAttempts(2)
                        .setRetryBackOffMillis(1));
    }
}
