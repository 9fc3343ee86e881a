package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Joins, tables, repeats and times to live in a pipeline with checkpoints, through crashes and scalings. */
class JoinedPipelineTest {

    private static final EventCodec<String> TEXT = TextCodec.STRING;
    private static final int EVENTS = 100;
    private static final int BEFORE = 10;
    private static final int AFTER = 25;

    static LongStream seeds() {
        return PipelineFixture.seeds(6, 100);
    }

    /** Events are {@code account time L} or {@code R}, some of which come twice. */
    private static List<String> append(PipelineFixture fixture, int from, int to, long seed) {
        Random random = new Random(seed);
        List<String> events = new ArrayList<>();
        for (int i = from; i < to; i++) {
            String account = "account-" + random.nextInt(4);
            boolean repeats = random.nextInt(4) == 0 && !events.isEmpty();
            events.add(
                    repeats
                            ? events.get(events.size() - 1)
                            : account + " " + (4 * i - random.nextInt(40)) + (random.nextBoolean() ? " L" : " R"));
        }
        Ledger.append(fixture.log, Ledger.SOURCE, "clock " + from, events);
        return events;
    }

    private static long time(String event) {
        return Long.parseLong(event.substring(event.indexOf(' ') + 1, event.lastIndexOf(' ')));
    }

    private static boolean isRight(String event) {
        return event.endsWith("R");
    }

    private static String pair(@Nullable String left, @Nullable String right) {
        return left + " + " + right;
    }

    /**
     * @param disorder of event time, in milliseconds
     * @param life of what is forgotten, in milliseconds
     * @param step is called for every event and every pair
     */
    private static Pipeline pipeline(int disorder, int life, Runnable step) {
        KeyedEvents<String> keyed = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TEXT)
                .eventTime(JoinedPipelineTest::time, Duration.ofMillis(disorder))
                .keyBy(Ledger::account);
        KeyedEvents<String> once = keyed.deduplicate("once", event -> event, Duration.ofMillis(life))
                .map(event -> {
                    step.run();
                    return event;
                });
        var sides = once.branch(event -> !isRight(event));
        sides.matching()
                .join(sides.others(), Duration.ofMillis(BEFORE), Duration.ofMillis(AFTER))
                .left("join", TEXT, TEXT, (left, right) -> {
                    step.run();
                    return pair(left, right);
                })
                .to(Ledger.SINK, TEXT);
        KeyedTable<String> table = sides.others()
                .timeToLive(Duration.ofMillis(life))
                .asTable("table", TEXT, event -> time(event) % 5 == 0 ? null : event);
        sides.matching()
                .leftJoin(table, (event, value) -> "last: " + pair(event, value))
                .to(Ledger.SINK, TEXT);
        return once.window(Windows.tumbling(Duration.ofMillis(50)))
                .early(Duration.ofMillis(10))
                .count("windows")
                .filter(window -> disorder < 1_000)
                .map(Object::toString)
                .to(Ledger.SINK, TEXT)
                .build();
    }

    private static Pipeline forgetful(Runnable step) {
        return pipeline(20, 30, step);
    }

    private static PipelineOptions options(PipelineFixture fixture) {
        return fixture.options().setCheckpointEvents(15).setMaxReplayEvents(30);
    }

    private static void runToTheEnd(PipelineFixture fixture, Pipeline pipeline) {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(fixture.deploy(strandline, pipeline, options(fixture)));
        assertThat(running.statistics().damaged()).isZero();
        await(running.awaitPosition(fixture.log.endNow(Ledger.SOURCE)));
        await(running.close());
    }

    @Test
    void outputs_are_those_of_an_undisturbed_run_whatever_event_or_pair_it_crashes_at() {
        AtomicInteger steps = new AtomicInteger();
        Map<String, List<String>> expected = crashAt(Integer.MAX_VALUE, steps);
        assertThat(expected).hasSize(4);
        assertThat(expected.toString()).contains(" + null", "last: ", "isEarly=true");
        assertThat(steps.get()).isGreaterThan(80);
        for (int crashAt = 0; crashAt < steps.get(); crashAt++) {
            assertThat(crashAt(crashAt, new AtomicInteger()))
                    .as("crash at %s", crashAt)
                    .isEqualTo(expected);
        }
    }

    private static Map<String, List<String>> crashAt(int crashAt, AtomicInteger steps) {
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1);
            append(fixture, 0, EVENTS, 1);
            if (crashAt < Integer.MAX_VALUE) {
                fixture.crashAt(crashAt, JoinedPipelineTest::forgetful, options(fixture));
            }
            runToTheEnd(fixture, forgetful(steps::incrementAndGet));
            return Ledger.actualOutputs(fixture.log);
        }
    }

    /** Nothing is late and nothing forgotten, so that every pair is to come, over whatever is split, merged and crashed. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void no_pair_and_no_value_of_a_table_is_lost_over_splits_and_merges(long seed) {
        Random random = new Random(seed);
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1 + random.nextInt(3));
            List<String> events = new ArrayList<>();
            for (int life = 0; life < 5; life++) {
                events.addAll(append(fixture, 40 * life, 40 * (life + 1), random.nextLong()));
                Scalings.atRandom(fixture.log, Ledger.SOURCE, random);
                if (random.nextBoolean()) {
                    fixture.crashAt(random.nextInt(60), step -> pipeline(1_000, 1_000_000, step), options(fixture));
                }
            }
            List<String> last = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                last.add("last-" + i + " 100000 R"); // at least one in each partition
            }
            Ledger.append(fixture.log, Ledger.SOURCE, "last", last);
            runToTheEnd(fixture, pipeline(1_000, 1_000_000, () -> {}));
            Map<String, List<String>> expected = expected(events);
            assertThat(sorted(Ledger.actualOutputs(fixture.log))).isEqualTo(sorted(expected));
        }
    }

    private static Map<String, List<String>> sorted(Map<String, List<String>> outputs) {
        outputs.values().forEach(each -> each.sort(null));
        return outputs;
    }

    private static Map<String, List<String>> expected(List<String> events) {
        Map<String, List<String>> expected = new TreeMap<>();
        Map<String, String> table = new TreeMap<>();
        List<String> once = events.stream().distinct().toList();
        for (String event : once) {
            String account = Ledger.account(event);
            if (!isRight(event)) {
                List<String> ofAccount = expected.computeIfAbsent(account, first -> new ArrayList<>());
                ofAccount.add("last: " + pair(event, table.get(account)));
                List<String> partners = once.stream()
                        .filter(other -> isRight(other) && Ledger.account(other).equals(account))
                        .filter(other -> time(other) >= time(event) - BEFORE && time(other) <= time(event) + AFTER)
                        .toList();
                partners.forEach(partner -> ofAccount.add(pair(event, partner)));
                if (partners.isEmpty()) {
                    ofAccount.add(pair(event, null));
                }
            } else if (time(event) % 5 == 0) {
                table.remove(account);
            } else {
                table.put(account, event);
            }
        }
        return expected;
    }
}
