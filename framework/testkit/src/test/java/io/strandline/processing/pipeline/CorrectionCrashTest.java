package io.strandline.processing.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.log.Applications;
import io.strandline.log.CrashChild;
import io.strandline.log.KilledChild;
import io.strandline.processing.pipeline.Tally.Deposit;
import io.strandline.processing.pipeline.Tally.Sum;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kills a JVM with SIGKILL at random moments while versions of a pipeline run beside each other and follow each other. One of them is
 * the pipeline at any moment, and each output is in the sink of its version once.
 */
class CorrectionCrashTest {

    /** Switches of one life are fewer. */
    private static final int VERSIONS_PER_ROUND = 6;
    /** Starts and switches that a life of a child has at most, and then milliseconds. */
    private static final int MOST_STEPS = 6;

    private static final int MOST_MILLIS = 80;

    @TempDir
    Path directory;

    /** The version that was the pipeline when it was heard of last. */
    private int known = 1;

    private int begunBeside = 1;

    private boolean isStaged;

    @ParameterizedTest(name = "with a shuffle {0}")
    @ValueSource(booleans = {false, true})
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void versions_that_follow_each_other_are_exact_when_their_process_is_killed(boolean shuffled) throws Exception {
        isStaged = shuffled;
        rounds(5, Long.getLong("strandline.crash.seed", 20_261_130L));
    }

    @Tag("soak")
    @ParameterizedTest(name = "with a shuffle {0}")
    @ValueSource(booleans = {false, true})
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void versions_that_follow_each_other_are_exact_when_their_process_is_killed_again_and_again(boolean shuffled)
            throws Exception {
        isStaged = shuffled;
        rounds(60, Long.getLong("strandline.crash.seed", System.nanoTime()));
    }

    private void rounds(int rounds, long seed) throws Exception {
        System.out.println("crash seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        int last = rounds * VERSIONS_PER_ROUND;
        Vertx vertx = Vertx.vertx();
        try {
            Applications.get(Tally.create(open(vertx), last));
        } finally {
            Applications.get(vertx.close());
        }
        for (int round = 0; round < rounds; round++) {
            kill(round, random, last);
        }
        assertThat(known).as("versions that were the pipeline").isGreaterThan(1);
        verify();
    }

    private Strandline open(Vertx vertx) {
        return Applications.get(Strandline.open(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
    }

    private void kill(int round, Random random, int last) throws Exception {
        int steps = random.nextInt(MOST_STEPS + 1);
        int millis = 1 + random.nextInt(MOST_MILLIS);
        int[] seen = {0, 0};
        List<String> failures = new ArrayList<>();
        new KilledChild(directory.resolve("errors"))
                .run(
                        CorrectionChild.class,
                        List.of(directory.resolve("data").toString(), "" + known, "" + last, "" + isStaged),
                        line -> {
                            hear(line, failures);
                            if (line.startsWith("V") || line.startsWith("B")) {
                                seen[0]++;
                            } else if (seen[0] >= steps) {
                                seen[1]++;
                            }
                            return seen[1] >= millis || !failures.isEmpty();
                        });
        assertThat(failures).isEmpty();
        System.out.println("round " + round + ": killed " + millis + " ms after step " + steps + ", version " + known);
    }

    private void hear(String line, List<String> failures) {
        if (line.startsWith("F")) {
            failures.add(line);
        } else if (line.startsWith("V ")) {
            known = version(line);
        } else if (line.startsWith("B ")) {
            begunBeside = version(line);
        }
    }

    private static int version(String line) {
        return Integer.parseInt(line.substring(2, line.indexOf(' ', 2)));
    }

    private void verify() {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = open(vertx);
            RunningPipeline running = Applications.get(Tally.start(vertx, log, known, isStaged));
            int version = Applications.get(running.describe()).version();
            assertThat(version).isBetween(known, known + 1);
            Applications.get(running.awaitEnd());
            Applications.get(running.close());
            Map<String, List<Long>> totals = totals(log);
            Map<String, Long> next = new HashMap<>();
            for (int each = 1; each <= Math.max(version, begunBeside); each++) {
                verify(log, each, totals, next);
                if (each == version) {
                    totals.forEach((account, sums) ->
                            assertThat(next.get(account)).as(account).isEqualTo(sums.size() + 1L));
                }
            }
        } finally {
            Applications.get(vertx.close());
        }
    }

    /** Account → sum after each of its deposits. */
    private static Map<String, List<Long>> totals(Strandline log) {
        Map<String, List<Long>> totals = new HashMap<>();
        for (Deposit deposit : read(log, Tally.DEPOSITS, Deposit.CODEC)) {
            List<Long> sums = totals.computeIfAbsent(deposit.account(), none -> new ArrayList<>());
            sums.add(deposit.amount() + (sums.isEmpty() ? 0 : sums.get(sums.size() - 1)));
        }
        return totals;
    }

    /**
     * Checks that a version has given sums of all deposits from one on, each once and in order, and begun no later than the version
     * before had come.
     *
     * @param next account → number of the first deposit that the version before has not come to, if it has any output. Changed to
     *     that of this version
     */
    private static void verify(Strandline log, int version, Map<String, List<Long>> totals, Map<String, Long> next) {
        Map<String, Long> expected = new HashMap<>();
        for (Sum sum : read(log, Tally.sink(version), Sum.CODEC)) {
            Long number = expected.get(sum.account());
            if (number == null) {
                assertThat(sum.deposits())
                        .as("first of version %s for %s", version, sum.account())
                        .isBetween(1L, next.getOrDefault(sum.account(), 1L));
            } else {
                assertThat(sum.deposits()).as("version %s, %s", version, sum).isEqualTo(number);
            }
            assertThat(sum.total())
                    .as("version %s, %s", version, sum)
                    .isEqualTo(totals.getOrDefault(sum.account(), List.of()).get((int) sum.deposits() - 1));
            expected.put(sum.account(), sum.deposits() + 1);
        }
        expected.forEach((account, number) -> next.merge(account, number, Math::max));
    }

    private static <E> List<E> read(Strandline log, String stream, EventCodec<E> codec) {
        return Applications.get(log.read(stream, codec).compose(reader -> reader.collect(Collectors.toList()))).stream()
                .map(EventRecord::event)
                .toList();
    }
}
