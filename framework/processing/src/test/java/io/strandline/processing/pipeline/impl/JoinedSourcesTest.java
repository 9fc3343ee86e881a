package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two sources that are joined, through crashes and scalings of the sources and of what brings them together. */
class JoinedSourcesTest {

    private static final EventCodec<String> TEXT = TextCodec.STRING;
    private static final String LEFT = Buckets.SOURCE;
    private static final String RIGHT = Buckets.OTHER;
    private static final String THROUGH = "_strandline/shuffle-ledger--join";
    private static final int BEFORE = 10;
    private static final int AFTER = 25;

    /** So many that each partition has some. The end of the run waits until it is told after the shuffle how far they are. */
    private static final int LAST = 100;

    static LongStream seeds() {
        return PipelineFixture.seeds(3, 200);
    }

    /** Events are {@code account time number}. */
    private static List<String> append(MemoryLog log, String stream, int from, int count, long seed) {
        Random random = new Random(seed);
        List<String> events = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            events.add("account-" + random.nextInt(6) + " " + (4 * i - random.nextInt(40)) + " " + i);
        }
        Ledger.append(log, stream, "clock " + from, events);
        return events;
    }

    private static long time(String event) {
        return Long.parseLong(event.substring(event.indexOf(' ') + 1, event.lastIndexOf(' ')));
    }

    private static Pipeline pipeline(Runnable step) {
        Pipeline.Builder builder = Pipeline.named("ledger", 1);
        KeyedEvents<String> left =
                keyed(builder.from(LEFT, TEXT).eventTime(JoinedSourcesTest::time, Duration.ofSeconds(1)));
        KeyedEvents<String> right =
                keyed(builder.from(RIGHT, TEXT).eventTime(JoinedSourcesTest::time, Duration.ofSeconds(1)));
        left.join(right, Duration.ofMillis(BEFORE), Duration.ofMillis(AFTER))
                .outer("join", TEXT, TEXT, (one, other) -> {
                    step.run();
                    return pair(one, other);
                })
                .to(Ledger.SINK, TEXT);
        left.leftJoin("lookup", right.asTable("table", TEXT), TEXT, (event, value) -> "last: " + pair(event, value))
                .to(Ledger.SINK, TEXT);
        return builder.build();
    }

    private static KeyedEvents<String> keyed(Events<String> events) {
        return events.keyBy(Ledger::account);
    }

    private static String pair(@Nullable String left, @Nullable String right) {
        return left + " + " + right;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_pair_comes_once_whatever_is_scaled_and_crashes(long seed) {
        Random random = new Random(seed);
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Buckets.createStreams(fixture.log, 1 + random.nextInt(2));
            List<String> left = new ArrayList<>();
            List<String> right = new ArrayList<>();
            for (int life = 0; life < 4; life++) {
                left.addAll(append(fixture.log, LEFT, 40 * life, 40, random.nextLong()));
                right.addAll(append(fixture.log, RIGHT, 40 * life, 40, random.nextLong()));
                Scalings.atRandom(fixture.log, random.nextBoolean() ? LEFT : RIGHT, random);
                if (fixture.log.exists(THROUGH) && random.nextBoolean()) {
                    Scalings.atRandom(fixture.log, THROUGH, random);
                }
                if (life < 3) {
                    liveAndCrash(fixture, random.nextInt(100));
                }
            }
            List<String> last = new ArrayList<>();
            for (int i = 0; i < LAST; i++) {
                last.add("last-" + i + " 100000 0");
            }
            Ledger.append(fixture.log, LEFT, "last", last);
            Ledger.append(fixture.log, RIGHT, "last", last);
            RunningPipeline whole = fixture.run(pipeline(() -> {}), fixture.options());
            assertThat(whole.lateEvents()).isZero();
            assertExact(Ledger.actualOutputs(fixture.log), left, right);
        }
    }

    private static void liveAndCrash(PipelineFixture fixture, int crashAt) {
        fixture.crashAt(
                crashAt,
                JoinedSourcesTest::pipeline,
                fixture.options().setCheckpointEvents(15).setMaxReplayEvents(30));
    }

    private static void assertExact(Map<String, List<String>> outputs, List<String> left, List<String> right) {
        Map<String, List<String>> expected = new TreeMap<>();
        for (String event : left) {
            join(event, right, BEFORE, AFTER, expected, JoinedSourcesTest::pair);
        }
        for (String event : right) {
            // Those with a partner have been counted.
            Map<String, List<String>> alone = new TreeMap<>();
            join(event, left, AFTER, BEFORE, alone, (one, other) -> pair(other, one));
            alone.forEach((account, pairs) -> pairs.stream()
                    .filter(pair -> pair.startsWith("null"))
                    .forEach(expected.computeIfAbsent(account, none -> new ArrayList<>())::add));
        }
        Map<String, List<String>> pairs = new TreeMap<>();
        Map<String, List<String>> lookups = new TreeMap<>();
        outputs.forEach((account, of) -> of.forEach(output -> {
            if (!account.startsWith("last-")) {
                (output.startsWith("last: ") ? lookups : pairs)
                        .computeIfAbsent(account, none -> new ArrayList<>())
                        .add(output);
            }
        }));
        pairs.values().forEach(each -> each.sort(null));
        expected.values().forEach(each -> each.sort(null));
        expected.forEach((account, of) ->
                assertThat(pairs.getOrDefault(account, List.of())).as(account).containsExactlyElementsOf(of));
        assertThat(pairs).hasSameSizeAs(expected);
        assertLookups(lookups, left, right);
    }

    private interface Joiner {

        String pair(String event, @Nullable String partner);
    }

    private static void join(
            String event, List<String> others, long before, long after, Map<String, List<String>> into, Joiner joiner) {
        List<String> pairs = others.stream()
                .filter(other -> Ledger.account(other).equals(Ledger.account(event)))
                .filter(other -> time(other) >= time(event) - before && time(other) <= time(event) + after)
                .map(other -> joiner.pair(event, other))
                .toList();
        into.computeIfAbsent(Ledger.account(event), none -> new ArrayList<>())
                .addAll(pairs.isEmpty() ? List.of(joiner.pair(event, null)) : pairs);
    }

    /** Each event met one of the values that its key had, or none, and later events of a task met no earlier value. */
    private static void assertLookups(Map<String, List<String>> lookups, List<String> left, List<String> right) {
        List<String> events = new ArrayList<>();
        int met = 0;
        for (List<String> ofAccount : lookups.values()) {
            for (String output : ofAccount) {
                int plus = output.indexOf(" + ");
                String value = output.substring(plus + 3);
                events.add(output.substring("last: ".length(), plus));
                assertThat(value.equals("null") || right.contains(value))
                        .as(output)
                        .isTrue();
                met += value.equals("null") ? 0 : 1;
            }
        }
        assertThat(events).containsExactlyInAnyOrderElementsOf(left);
        assertThat(met).isPositive();
    }
}
