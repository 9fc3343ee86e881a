package io.strandline.projection.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.projection.Projection;
import io.strandline.processing.projection.ProjectionBatch;
import io.strandline.processing.projection.ProjectionId;
import io.strandline.processing.projection.ProjectionOptions;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A projection into a real PostgreSQL. */
class SqlStoreTest {

    private static final AtomicInteger MODELS = new AtomicInteger();
    private static final long DEADLINE_SECONDS = 60;

    private final String name =
            "model" + MODELS.incrementAndGet() + "_" + ProcessHandle.current().pid();
    private final ProjectionId id = new ProjectionId("shop/" + name, 1);
    private final Vertx vertx = Vertx.vertx();
    private Pool pool;
    private Strandline log;
    private StateSync sync;
    private int rounds;

    @BeforeEach
    void begin() {
        pool = TestPostgres.pool(vertx);
        get(SqlLog.createTables(pool, name));
        log = get(Strandline.open(vertx, "memory:"));
        sync = StateSync.create(vertx, MemoryRevisionStore.create());
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(SqlLog.STREAM, new StreamOptions().setPartitions(4)));
    }

    @AfterEach
    void end() {
        get(vertx.close());
    }

    private SqlStore<String> store() {
        return SqlStore.of(pool, (connection, batch) -> SqlLog.write(name, connection, batch));
    }

    private Projection open(SqlStore<String> store, ProjectionOptions options) {
        return get(Projection.open(vertx, log, sync, SqlLog.TEXT, store, options));
    }

    private Projection open() {
        return open(store(), SqlLog.options(name));
    }

    private void append(int toEach) {
        int first = rounds;
        rounds += toEach;
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(turn -> log.createWriter(SqlLog.STREAM, SqlLog.TEXT, new WriterOptions())
                .compose(writer -> append(writer, first))
                .onComplete(done));
        get(done.future());
    }

    private Future<Void> append(EventWriter<String> writer, int first) {
        List<Future<?>> appended = new ArrayList<>();
        for (int round = first; round < rounds; round++) {
            for (int key = 0; key < SqlLog.KEYS; key++) {
                appended.add(writer.append("key" + key, "key" + key + "#" + round));
            }
        }
        return Future.all(appended).compose(done -> writer.end());
    }

    private StreamCut end0() {
        return get(log.catalog().endCut(SqlLog.STREAM));
    }

    private List<Row> rows(String sql) {
        return StreamSupport.stream(get(pool.query(sql).execute()).spliterator(), false)
                .toList();
    }

    private void assertModel() {
        Map<String, List<String>> model = new HashMap<>();
        rows("SELECT key, event FROM " + name + "_events ORDER BY id")
                .forEach(row -> model.computeIfAbsent(row.getString(0), none -> new ArrayList<>())
                        .add(row.getString(1)));
        assertThat(model).hasSize(SqlLog.KEYS);
        model.forEach((key, events) -> assertThat(events)
                .as(key)
                .isEqualTo(IntStream.range(0, rounds)
                        .mapToObj(round -> key + "#" + round)
                        .toList()));
        assertThat(rows("SELECT events FROM " + name + "_counts"))
                .hasSize(SqlLog.KEYS)
                .allSatisfy(row -> assertThat(row.getLong(0)).isEqualTo(rounds));
    }

    // ---- the store alone

    private ProjectionBatch<String> batch(long partition, long from, long to) {
        List<EventRecord<String>> records = new ArrayList<>();
        for (long offset = from; offset < to; offset++) {
            records.add(new EventRecord<>(partition, offset, 0, "key", EventType.RAW, "event" + offset));
        }
        return new ProjectionBatch<>(id, StreamName.parse(SqlLog.STREAM), partition, from, to, records, 0);
    }

    @Test
    void a_batch_that_does_not_begin_at_the_position_is_refused_and_changes_nothing() {
        SqlStore<String> store = store();
        get(store.open(id));
        get(store.begin(id, new TreeMap<>(Map.of(1L, 5L, 2L, 0L))));
        get(store.begin(id, new TreeMap<>(Map.of(1L, 99L, 3L, 99L))));
        assertThat(get(store.positions(id))).isEqualTo(Map.of(1L, 5L, 2L, 0L));
        get(store.apply(batch(1, 5, 7)));
        for (ProjectionBatch<String> refused :
                List.of(batch(1, 5, 7), batch(1, 0, 7), batch(1, 6, 8), batch(1, 8, 9))) {
            assertThat(failure(store.apply(refused)))
                    .isInstanceOf(StrandlineException.Fenced.class)
                    .hasMessageContaining("is not at offset " + refused.from() + " of partition 1");
        }
        get(store.apply(batch(4, 0, 3)));
        assertThat(failure(store.apply(batch(4, 0, 3)))).isInstanceOf(StrandlineException.Fenced.class);
        get(store.apply(new ProjectionBatch<>(id, StreamName.parse(SqlLog.STREAM), 2, 0, 9, List.of(), 0)));
        assertThat(get(store.positions(id))).isEqualTo(Map.of(1L, 7L, 2L, 9L, 4L, 3L));
        assertThat(rows("SELECT 1 FROM " + name + "_events")).hasSize(5);
        get(store.delete(id));
        assertThat(get(store.positions(id))).isEmpty();
    }

    /** Of many that send a batch from one position, exactly one is taken. */
    @Test
    void of_batches_that_race_one_is_taken() {
        SqlStore<String> store = store();
        get(store.open(id));
        for (long from = 0; from < 30; from += 3) {
            List<Future<Void>> racing = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                racing.add(store.apply(batch(1, from, from + 3)));
            }
            get(Future.join(racing).otherwiseEmpty());
            assertThat(racing.stream().filter(Future::succeeded)).hasSize(1);
            assertThat(racing.stream().filter(Future::failed).map(Future::cause))
                    .allSatisfy(cause -> assertThat(cause).isInstanceOf(StrandlineException.Fenced.class));
        }
        assertThat(rows("SELECT 1 FROM " + name + "_events")).hasSize(30);
    }

    /** Of members that begin at once, all have the positions of one. */
    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
    void of_beginnings_that_race_one_is_taken_whole(String isolation) {
        Pool isolated = TestPostgres.pool(
                vertx,
                TestPostgres.connect(TestPostgres.port()).addProperty("default_transaction_isolation", isolation));
        SqlStore<String> store = SqlStore.of(isolated, (connection, batch) -> Future.succeededFuture());
        List<Future<Void>> racing = new ArrayList<>();
        for (long i = 0; i < 6; i++) {
            SortedMap<Long, Long> positions = new TreeMap<>(Map.of(i, i, 10 + i, i));
            racing.add(store.open(id).compose(open -> store.begin(id, positions)));
        }
        get(Future.all(racing));
        assertThat(get(store.positions(id))).hasSize(2);
    }

    @Test
    void what_a_handler_wrote_before_it_failed_is_rolled_back() {
        SqlStore<String> store = SqlStore.of(pool, (connection, batch) -> SqlLog.write(name, connection, batch)
                .compose(written -> Future.failedFuture(new IllegalStateException("unexpected"))));
        get(store.open(id));
        assertThat(failure(store.apply(batch(1, 0, 3)))).hasMessage("unexpected");
        assertThat(get(store.positions(id))).isEmpty();
        assertThat(rows("SELECT 1 FROM " + name + "_events")).isEmpty();
    }

    /** No event is to blame for what fails before the handler has seen one. */
    @Test
    void a_failure_before_the_handler_is_one_of_the_database() {
        AtomicInteger handled = new AtomicInteger();
        SqlBatchHandler<String> handler = (connection, batch) -> {
            handled.incrementAndGet();
            return Future.succeededFuture();
        };
        Pool unknownUser = TestPostgres.pool(
                vertx, TestPostgres.connect(TestPostgres.port()).setUser("unknown"));
        SqlStore<String> missingTable = SqlStore.of(pool, handler, "missing_" + name);
        for (SqlStore<String> store : List.of(SqlStore.of(unknownUser, handler), missingTable)) {
            assertThat(failure(store.apply(batch(1, 0, 3))))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("the database cannot serve");
        }
        assertThat(handled).hasValue(0);
    }

    /** A cancelled statement, and an error of the server's disk. */
    @ParameterizedTest
    @ValueSource(strings = {"57014", "58030"})
    void a_failure_of_the_server_under_the_handler_is_not_one_of_an_event(String state) {
        SqlStore<String> store = SqlStore.of(pool, (connection, batch) -> connection
                .query("DO $$ BEGIN RAISE EXCEPTION 'simulated' USING ERRCODE = '" + state + "'; END $$")
                .execute());
        get(store.open(id));
        assertThat(failure(store.apply(batch(1, 0, 3))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("simulated");
    }

    @Test
    void a_connection_that_the_client_has_closed_is_not_the_failure_of_an_event() {
        assertThat(SqlFailures.typed(new VertxException(
                        "Pending requests failed to be sent due to connection has been closed.", true)))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void a_table_of_another_form_is_refused() {
        assertThatThrownBy(() -> SqlStore.of(pool, (connection, batch) -> Future.succeededFuture(), "a; DROP TABLE b"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("a; DROP TABLE b");
        SqlStore<String> own = SqlStore.of(pool, (connection, batch) -> Future.succeededFuture(), "public.own_" + name);
        get(own.open(id));
        get(own.apply(batch(1, 0, 3)));
        assertThat(rows("SELECT 1 FROM public.own_" + name)).hasSize(1);
    }

    // ---- a projection

    @Test
    void members_share_partitions_and_each_event_counts_once() {
        append(20);
        Projection first = open();
        append(10);
        Projection second = open();
        append(10);
        get(first.close());
        append(10);
        get(second.awaitPosition(end0()));
        assertModel();
        get(second.drop());
        assertThat(rows("SELECT 1 FROM strandline_positions WHERE projection = '" + id.name() + "'"))
                .isEmpty();
    }

    /** The server ends all connections again and again. */
    @Test
    void a_database_that_crashes_and_returns_loses_and_doubles_nothing() throws IOException {
        Projection projection = open();
        for (int i = 0; i < 3; i++) {
            append(20);
            TestPostgres.crash();
        }
        append(5);
        get(projection.awaitPosition(end0()));
        assertModel();
    }

    @Test
    void a_database_that_stays_away_stops_the_member_and_nothing_is_skipped() throws IOException {
        ProjectionOptions options = SqlLog.options(name).setStoreTimeoutMillis(500);
        options.getGroup().setPoison(PoisonPolicy.SKIP).setMaxAttempts(1);
        Projection stops = open(store(), options);
        append(1);
        get(stops.awaitPosition(end0()));
        TestPostgres.stop();
        try {
            append(1);
            assertThat(failure(stops.ended()))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("the database cannot serve");
        } finally {
            TestPostgres.startAgain();
        }
        get(open(store(), options).caughtUp());
        assertModel();
    }

    /** A constraint of the database names the event. */
    @Test
    void an_event_that_the_database_refuses_is_skipped_alone() {
        get(pool.query("ALTER TABLE " + name + "_events ADD CONSTRAINT " + name + "_c CHECK (event <> 'key3#1')")
                .execute());
        ProjectionOptions options = SqlLog.options(name);
        options.getGroup().setPoison(PoisonPolicy.SKIP);
        append(4);
        Projection projection = open(store(), options);
        get(projection.caughtUp());
        assertThat(rows("SELECT event FROM " + name + "_events WHERE key = 'key3' ORDER BY id").stream()
                        .map(row -> row.getString(0)))
                .containsExactly("key3#0", "key3#2", "key3#3");
        assertThat(rows("SELECT 1 FROM " + name + "_events")).hasSize(4 * SqlLog.KEYS - 1);
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no result within " + DEADLINE_SECONDS + " s", e);
        }
    }

    private static Throwable failure(Future<?> future) {
        return get(future.<Throwable>transform(done -> done.failed()
                ? Future.succeededFuture(done.cause())
                : Future.failedFuture(new AssertionError("completed with " + done.result()))));
    }
}
