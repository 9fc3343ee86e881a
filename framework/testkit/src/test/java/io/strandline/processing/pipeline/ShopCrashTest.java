package io.strandline.processing.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.log.Applications;
import io.strandline.log.CrashChild;
import io.strandline.log.KilledChild;
import io.strandline.processing.pipeline.Shop.Note;
import io.strandline.processing.pipeline.Shop.Sale;
import io.strandline.processing.pipeline.Shop.Total;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a JVM with SIGKILL at random moments while a pipeline with a join, a shuffle and windows runs. What it leaves is, event for
 * event, what a plain fold over its source gives, and for each key in the order in which an undisturbed run leaves it.
 */
class ShopCrashTest {

    private static final int NOTES_PER_ROUND = 4_000;
    /** Long enough for what a hundred rounds leave, on a busy machine. */
    private static final long DEADLINE_NANOS = TimeUnit.MINUTES.toNanos(4);

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
        fill("data", notes);
        for (int round = 0; round < rounds; round++) {
            kill(random, round);
        }
        Shop.Results expected = Shop.expected(notes);
        Outputs disturbed = runToTheEnd("data", expected);
        fill("undisturbed", notes);
        Outputs undisturbed = runToTheEnd("undisturbed", expected);
        assertThat(disturbed.sales()).isEqualTo(undisturbed.sales());
        assertThat(disturbed.totals()).isEqualTo(undisturbed.totals());
    }

    /** Routing key → what came under it, in its order. */
    private record Outputs(Map<String, List<String>> sales, Map<String, List<String>> totals) {

        Shop.Results sorted() {
            return Shop.sorted(all(sales), all(totals));
        }

        private static List<String> all(Map<String, List<String>> byKey) {
            return byKey.values().stream().flatMap(List::stream).toList();
        }
    }

    private Strandline open(Vertx vertx, String data) {
        return Applications.get(Strandline.open(vertx, "file:" + directory.resolve(data), CrashChild.options()));
    }

    private void fill(String data, List<Note> notes) {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = open(vertx, data);
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
        new KilledChild(directory.resolve("errors"))
                .run(ShopChild.class, List.of(directory.resolve("data").toString()), line -> {
                    lines[0] += line.startsWith("S") ? 1 : 0;
                    if (line.startsWith("F")) {
                        failures.add(line);
                    }
                    return lines[0] >= most || line.startsWith("E") || !failures.isEmpty();
                });
        assertThat(failures).isEmpty();
        System.out.println("round " + round + ": killed after " + lines[0] * 100 + " events");
    }

    private Outputs runToTheEnd(String data, Shop.Results expected) {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = open(vertx, data);
            RunningPipeline running = Applications.get(Shop.pipeline(() -> {}).deploy(vertx, log, Shop.options()));
            long deadline = System.nanoTime() + DEADLINE_NANOS;
            Future<?> end = running.awaitEnd();
            while (!end.isComplete() && System.nanoTime() < deadline) {
                Applications.get(vertx.timer(20, TimeUnit.MILLISECONDS));
            }
            Applications.get(end);
            Outputs outputs = outputs(log);
            while (outputs.sorted().totals().size() < expected.totals().size() && System.nanoTime() < deadline) {
                Applications.get(vertx.timer(20, TimeUnit.MILLISECONDS));
                outputs = outputs(log);
            }
            Applications.get(running.close());
            outputs = outputs(log);
            assertThat(outputs.sorted().sales()).isEqualTo(expected.sales());
            assertThat(outputs.sorted().totals()).isEqualTo(expected.totals()).hasSizeGreaterThan(100);
            assertThat(running.lateEvents()).isZero();
            return outputs;
        } finally {
            Applications.get(vertx.close());
        }
    }

    private static Outputs outputs(Strandline log) {
        return new Outputs(byKey(log, Shop.SALES, Sale.CODEC), byKey(log, Shop.TOTALS, Total.CODEC));
    }

    private static <E> Map<String, List<String>> byKey(Strandline log, String stream, EventCodec<E> codec) {
        return Applications.get(log.read(stream, codec)
                .compose(reader -> reader.collect(Collectors.groupingBy(
                        EventRecord::key,
                        Collectors.mapping(record -> record.event().toString(), Collectors.toList())))));
    }
}
