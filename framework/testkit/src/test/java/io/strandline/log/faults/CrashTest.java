package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.log.Applications;
import io.strandline.log.CrashChild;
import io.strandline.log.KilledChild;
import io.strandline.log.LogVerifier;
import io.strandline.log.faults.CrashLedger.Stored;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a writing process with SIGKILL at random moments, its recovery too, and holds the log to everything that the
 * process had been told. (The page cache survives such a kill: lost pages are the simulated disk's business.)
 */
class CrashTest {

    private static final int REPEATED = 40;

    @TempDir
    Path directory;

    private final CrashLedger ledger = new CrashLedger();
    private final long began = System.nanoTime();
    private int lives;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void nothingAcknowledgedIsLostWhenTheProcessIsKilled() throws Exception {
        rounds(5, Long.getLong("strandline.crash.seed", 20_261_122L));
    }

    @Tag("soak")
    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void nothingAcknowledgedIsLostWhenTheProcessIsKilledAgainAndAgain() throws Exception {
        rounds(100, Long.getLong("strandline.crash.seed", System.nanoTime()));
    }

    private void rounds(int rounds, long seed) throws Exception {
        System.out.println("crash seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            killWhileWriting(random);
            int kills = round % 2 == 0 ? 0 : 2 + random.nextInt(2);
            for (int kill = 0; kill < kills; kill++) {
                killWhileOpening(random);
            }
            check(round);
        }
    }

    // ---- the process

    private void killAt(String mode, long seed, KilledChild.Moment moment) throws Exception {
        List<String> arguments = new ArrayList<>(
                List.of(directory.resolve("data").toString(), Integer.toString(lives++), Long.toString(seed), mode));
        for (int i = 0; i < CrashChild.OWN_WRITERS; i++) {
            arguments.add(Long.toString(ledger.resumeFrom("own" + i, REPEATED)));
        }
        new KilledChild(directory.resolve("errors")).run(CrashChild.class, arguments, line -> {
            ledger.take(line);
            return moment.reached(line) || !ledger.failures.isEmpty();
        });
        assertThat(ledger.failures).isEmpty();
    }

    private void killWhileWriting(Random random) throws Exception {
        int acks = 50 + random.nextInt(6_000);
        long nanos = TimeUnit.MILLISECONDS.toNanos(100 + random.nextInt(1_500));
        long[] opened = {0};
        int[] seen = {0};
        killAt("quiet", random.nextLong(), line -> {
            if (line.startsWith("O")) {
                opened[0] = System.nanoTime();
            } else if (line.startsWith("A") || line.startsWith("B")) {
                seen[0]++;
            }
            return seen[0] >= acks || (seen[0] > 0 && System.nanoTime() - opened[0] >= nanos);
        });
    }

    private void killWhileOpening(Random random) throws Exception {
        int operations = 1 + random.nextInt(60);
        int[] seen = {0};
        killAt("traced", random.nextLong(), line -> {
            seen[0] += line.startsWith("D") ? 1 : 0;
            return seen[0] >= operations || line.startsWith("O");
        });
    }

    // ---- what is left

    private void check(int round) throws Exception {
        verify();
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log =
                    Applications.get(Strandline.open(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
            List<Future<Map<Long, List<Stored>>>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(read(vertx, log));
            }
            Map<Long, List<Stored>> first = Applications.get(readers.get(0));
            ledger.check(first);
            for (Future<Map<Long, List<Stored>>> reader : readers) {
                assertThat(Applications.get(reader)).as("readers agree").isEqualTo(first);
            }
            checkCatalog(log);
            Applications.get(log.close());
        } finally {
            Applications.get(vertx.close());
        }
        verify();
        System.out.println("round " + round + " at " + (System.nanoTime() - began) / 1_000_000 + " ms: "
                + ledger.events() + " events, " + ledger.acknowledged() + " acknowledged, " + lives + " lives, "
                + ledger.created.size() + " streams created");
    }

    private void verify() {
        ByteArrayOutputStream report = new ByteArrayOutputStream();
        int damaged =
                LogVerifier.verify(directory.resolve("data"), new PrintStream(report, true, StandardCharsets.UTF_8));
        assertThat(damaged).as("%s", report.toString(StandardCharsets.UTF_8)).isZero();
    }

    /** All events by partition. Also checks that offsets are dense. */
    private static Future<Map<Long, List<Stored>>> read(Vertx vertx, Strandline log) {
        return Applications.start(Applications.newContext(vertx), () -> log.read(
                        CrashChild.STREAM, EventCodec.raw(), new ReaderOptions())
                .compose(reader -> {
                    Promise<Map<Long, List<Stored>>> promise = Promise.promise();
                    Map<Long, List<Stored>> events = new TreeMap<>();
                    reader.exceptionHandler(promise::tryFail);
                    reader.endHandler(end -> promise.tryComplete(events));
                    reader.handler(event -> {
                        List<Stored> partition = events.computeIfAbsent(event.partition(), unseen -> new ArrayList<>());
                        if (event.offset() != partition.size()) {
                            promise.tryFail(new AssertionError("offset " + event.offset() + " of partition "
                                    + event.partition() + " follows " + (partition.size() - 1)));
                        }
                        try {
                            partition.add(CrashLedger.stored(event));
                        } catch (AssertionError e) {
                            promise.tryFail(e);
                        }
                    });
                    return promise.future();
                }));
    }

    private void checkCatalog(Strandline log) {
        Set<String> streams = new HashSet<>();
        for (StreamName name : Applications.get(log.catalog().streams("crash"))) {
            streams.add(name.toString());
        }
        assertThat(streams).containsAll(ledger.mustExist());
        assertThat(ledger.deleted).as("deleted streams").noneMatch(streams::contains);
        for (String stream : streams) {
            long start = Applications.get(log.catalog().startCut(stream)).offsets().values().stream()
                    .mapToLong(Long::longValue)
                    .max()
                    .orElseThrow();
            assertThat(start)
                    .as("start of %s", stream)
                    .isGreaterThanOrEqualTo(ledger.truncated.getOrDefault(stream, 0L));
        }
    }
}
