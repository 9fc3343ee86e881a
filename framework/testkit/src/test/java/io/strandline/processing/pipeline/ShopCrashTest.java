package io.strandline.processing.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.log.Applications;
import io.strandline.log.CrashChild;
import io.strandline.log.KilledChild;
import io.strandline.processing.pipeline.Shop.Note;
import io.strandline.processing.pipeline.Shop.Sale;
import io.strandline.processing.pipeline.Shop.Total;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a JVM with SIGKILL at random moments while a pipeline with a join, a shuffle and windows runs. What it leaves is, event for
 * event, what a plain fold over its source gives.
 */
class ShopCrashTest {

    private static final int NOTES_PER_ROUND = 4_000;
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void joins_and_windows_are_exact_when_their_process_is_killed() throws Exception {
        rounds(5, Long.getLong("strandline.crash.seed", 20_261_129L));
    }

    @Tag("soak")
    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void joins_and_windows_are_exact_when_their_process_is_killed_again_and_again() throws Exception {
        rounds(100, Long.getLong("strandline.crash.seed", System.nanoTime()));
    }

    private void rounds(int rounds, long seed) throws Exception {
        System.out.println("crash seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        List<Note> notes = Shop.notes(random, rounds * NOTES_PER_ROUND);
        fill(notes);
        for (int round = 0; round < rounds; round++) {
            kill(random, round);
        }
        runToTheEnd(Shop.expected(notes));
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private Strandline open(Vertx vertx) {
        return Applications.get(Strandline.open(vertx, "file:" + data(), CrashChild.options()));
    }

    private void fill(List<Note> notes) {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = open(vertx);
            Applications.get(Shop.create(log));
            Applications.run(vertx, () -> Shop.append(log, notes));
        } finally {
            Applications.get(vertx.close());
        }
    }

    /** A line of the child is a hundred events. */
    private void kill(Random random, int round) throws Exception {
        int most = 2 + random.nextInt(NOTES_PER_ROUND / 50);
        int[] lines = {0};
        List<String> failures = new ArrayList<>();
        new KilledChild(directory.resolve("errors")).run(ShopChild.class, List.of(data()), line -> {
            lines[0] += line.startsWith("S") ? 1 : 0;
            if (line.startsWith("F")) {
                failures.add(line);
            }
            return lines[0] >= most || line.startsWith("E") || !failures.isEmpty();
        });
        assertThat(failures).isEmpty();
        System.out.println("round " + round + ": killed after " + lines[0] * 100 + " events");
    }

    private void runToTheEnd(Shop.Results expected) {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = open(vertx);
            RunningPipeline running = Applications.get(Shop.pipeline(() -> {}).deploy(vertx, log, Shop.options()));
            Applications.get(running.awaitEnd());
            long deadline = System.nanoTime() + DEADLINE_NANOS;
            Shop.Results results = results(log);
            while (results.totals().size() < expected.totals().size() && System.nanoTime() < deadline) {
                Applications.get(vertx.timer(20, TimeUnit.MILLISECONDS));
                results = results(log);
            }
            Applications.get(running.close());
            results = results(log);
            assertThat(results.sales()).isEqualTo(expected.sales());
            assertThat(results.totals()).isEqualTo(expected.totals()).hasSizeGreaterThan(100);
            assertThat(running.lateEvents()).isZero();
        } finally {
            Applications.get(vertx.close());
        }
    }

    private static Shop.Results results(Strandline log) {
        return Shop.sorted(texts(log, Shop.SALES, Sale.CODEC), texts(log, Shop.TOTALS, Total.CODEC));
    }

    private static <E> List<String> texts(Strandline log, String stream, EventCodec<E> codec) {
        return Applications.get(log.read(stream, codec).compose(reader -> reader.collect(Collectors.toList()))).stream()
                .map(record -> record.event().toString())
                .toList();
    }
}
