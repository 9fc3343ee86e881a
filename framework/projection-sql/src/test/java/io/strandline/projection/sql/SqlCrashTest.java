package io.strandline.projection.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.processing.projection.Projection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process with SIGKILL at random moments while it projects, and holds the rows to the events of the log: each counts once, in
 * the order of its key.
 */
class SqlCrashTest {

    private static final long DEADLINE_SECONDS = 120;

    @TempDir
    Path directory;

    private long batches;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void every_event_counts_once_when_the_process_is_killed() throws Exception {
        rounds(10, Long.getLong("strandline.crash.seed", 20_261_129L));
    }

    @Tag("soak")
    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void every_event_counts_once_when_the_process_is_killed_again_and_again() throws Exception {
        rounds(200, Long.getLong("strandline.crash.seed", System.nanoTime()));
    }

    private void rounds(int rounds, long seed) throws Exception {
        System.out.println("crash seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        int port = TestPostgres.port(); // starts it, which takes too long for an event loop
        withVertx(vertx -> {
            Pool pool = TestPostgres.pool(vertx);
            return pool.query("DROP TABLE IF EXISTS crash_events, crash_counts")
                    .execute()
                    .compose(gone -> pool.query("DELETE FROM strandline_positions WHERE projection = 'shop/crash'")
                            .execute()
                            .otherwiseEmpty())
                    .compose(gone -> SqlLog.createTables(pool, SqlCrashChild.MODEL))
                    .compose(created -> SqlCrashChild.open(vertx, data()))
                    .compose(log -> log.catalog().createScope("shop").compose(scope -> log.catalog()
                            .createStream(SqlLog.STREAM, new StreamOptions().setPartitions(4))));
        });
        for (int round = 0; round < rounds; round++) {
            long began = System.nanoTime();
            kill(1 + random.nextInt(60), port);
            withVertx(SqlCrashTest::requireNoneTwice);
            System.out.println("round " + round + " took " + (System.nanoTime() - began) / 1_000_000 + " ms, " + batches
                    + " batches");
        }
        withVertx(this::check);
        assertThat(batches).isGreaterThan(rounds);
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    /** Lets a process run until it has written the rows of so many batches, and kills it before or after the commit of the last. */
    private void kill(int most, int port) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        SqlCrashChild.class.getName(),
                        data(),
                        String.valueOf(port))
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("errors").toFile()))
                .start();
        List<String> failures = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int seen = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                seen++;
                if (line.startsWith("F")) {
                    failures.add(line);
                }
                if (seen == most || !failures.isEmpty()) {
                    process.toHandle().destroyForcibly();
                }
            }
            batches += seen;
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(failures).as(Files.readString(directory.resolve("errors"))).isEmpty();
        assertThat(process.exitValue()).as("killed by the parent").isEqualTo(128 + 9);
    }

    private static Future<Void> requireNoneTwice(Vertx vertx) {
        return TestPostgres.pool(vertx)
                .query("SELECT partition_id, number FROM crash_events GROUP BY 1, 2 HAVING count(*) > 1")
                .execute()
                .map(twice -> {
                    assertThat(twice.size())
                            .as("events that were applied twice")
                            .isZero();
                    return null;
                });
    }

    /** The projection catches up once more, and then the rows are the fold of the log. */
    private Future<Void> check(Vertx vertx) {
        Pool pool = TestPostgres.pool(vertx);
        return SqlCrashChild.open(vertx, data()).compose(log -> SqlCrashChild.project(vertx, log, pool, batch -> {})
                .compose(Projection::caughtUp)
                .compose(done -> events(log))
                .compose(events -> pool.query("SELECT key, event FROM crash_events ORDER BY id")
                        .execute()
                        .map(rows -> {
                            assertThat(byKey(rows)).isEqualTo(events);
                            return events;
                        }))
                .compose(events -> pool.query("SELECT key, events FROM crash_counts")
                        .execute()
                        .map(rows -> {
                            Map<String, Long> counts = new HashMap<>();
                            rows.forEach(row -> counts.put(row.getString(0), row.getLong(1)));
                            assertThat(counts).hasSize(SqlLog.KEYS);
                            counts.forEach((key, count) ->
                                    assertThat(events.get(key)).as(key).hasSize(count.intValue()));
                            return null;
                        })));
    }

    private static Map<String, List<String>> byKey(Iterable<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .collect(Collectors.groupingBy(
                        row -> row.getString(0), Collectors.mapping(row -> row.getString(1), Collectors.toList())));
    }

    private static Future<Map<String, List<String>>> events(Strandline log) {
        return log.read(SqlLog.STREAM, SqlLog.TEXT, new ReaderOptions())
                .compose(reader -> reader.collect(Collectors.groupingBy(
                        record -> String.valueOf(record.key()),
                        Collectors.mapping(EventRecord::event, Collectors.toList()))));
    }

    /** Does something on a Vert.x of its own, which is closed afterwards. */
    private static void withVertx(Function<Vertx, Future<?>> step) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Promise<Object> done = Promise.promise();
            vertx.runOnContext(turn -> {
                try {
                    step.apply(vertx).<Object>mapEmpty().onComplete(done);
                } catch (RuntimeException | Error e) {
                    done.fail(e);
                }
            });
            get(done.future());
        } finally {
            get(vertx.close());
        }
    }

    private static <T> void get(Future<T> future) throws InterruptedException, TimeoutException {
        try {
            future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }
}
