package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.WindowedEvents;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is cut, frozen, restored and repeated between two steps, the steps and their outputs are the same. */
class OperatorSeedsTest {

    private static final int SEEDS = Boolean.getBoolean("strandline.soak") ? 4_000 : 50;
    private static final int EVENTS = 300;

    private static Topology topology(Random random) {
        Events<String> events = Pipeline.named("test", 1)
                .from("s/in", TextCodec.STRING)
                .eventTime(Harness::time, Duration.ofMillis(random.nextInt(20)));
        KeyedEvents<String> keyed = events.keyBy(Harness::key);
        keyed.window(windows(random))
                .allowedLateness(Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(60)))
                .lateTo("s/late", TextCodec.STRING)
                .count("counts")
                .map(Object::toString)
                .to("s/counts", TextCodec.STRING);
        results(keyed, random);
        joins(keyed, random);
        tables(keyed, random);
        keyed.window(Windows.tumbling(Duration.ofMillis(1 + random.nextInt(30))))
                .reduce("texts", TextCodec.STRING, (one, other) -> one + "+" + other)
                .window(Windows.tumbling(Duration.ofMillis(1 + random.nextInt(60))))
                .aggregate(
                        "lengths",
                        Harness.NUMBERS,
                        key -> 0L,
                        (sum, text) -> sum + text.value().length())
                .map(Object::toString)
                .to("s/lengths", TextCodec.STRING);
        KeyedEvents<String> timers = keyed.<Long, String>process(
                "timers",
                Harness.NUMBERS,
                key -> 0L,
                (count, event, at) -> {
                    at.setTimer(at.time() + event.length() * 3L);
                    if (event.endsWith("7")) {
                        at.clearTimer(at.time() + 15);
                    }
                    return event.endsWith("3") ? null : count + 1;
                },
                (count, at) -> {
                    at.emit(at.time() + " " + at.watermark() + " " + at.offset() + " " + at.stamp() + " " + count);
                    return count % 4 == 3 ? null : count;
                });
        timers.window(windows(random))
                .allowedLateness(Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(60)))
                .lateTo("s/late", TextCodec.STRING)
                .count("fired")
                .map(Object::toString)
                .to("s/fired", TextCodec.STRING);
        keyed.<Long, String>process(
                        "clocks",
                        Harness.NUMBERS,
                        key -> 0L,
                        (count, event, at) -> {
                            at.setClockTimer(at.stamp() + event.length());
                            if (event.endsWith("5")) {
                                at.clearClockTimer(at.stamp() + 8);
                                at.setTimer(at.time() + 11);
                            }
                            return count + 1;
                        },
                        (count, at) -> {
                            at.emit(at.clockTimer() + " " + at.clock() + " " + at.time() + " " + count);
                            if (at.clockTimer() % 3 == 0) {
                                at.setClockTimer(at.clockTimer() + 2);
                            }
                            return count % 5 == 4 ? null : count;
                        })
                .to("s/clocks", TextCodec.STRING);
        return timers.to("s/timers", TextCodec.STRING).build().topology();
    }

    /** Windows whose results come early, once, or both. */
    private static void results(KeyedEvents<String> keyed, Random random) {
        WindowedEvents<String> windows = keyed.window(windows(random))
                .allowedLateness(Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(60)));
        windows = random.nextBoolean() ? windows.early(Duration.ofMillis(1 + random.nextInt(12))) : windows;
        windows = random.nextBoolean() ? windows.finalOnly() : windows;
        windows.aggregate("results", Harness.NUMBERS, key -> 0L, (sum, event) -> sum + event.length(), Long::sum)
                .map((window, at) -> window + " at " + at.time())
                .to("s/results", TextCodec.STRING);
    }

    /** What is joined is joined on with what comes once. */
    private static void joins(KeyedEvents<String> keyed, Random random) {
        KeyedEvents<String> once = keyed.deduplicate(
                "once",
                (event, at) -> event.substring(event.length() - 1),
                Duration.ofMillis(random.nextInt(30)),
                "s/late",
                TextCodec.STRING);
        KeyedEvents<String> left = keyed.filter(event -> event.length() % 2 == 0);
        KeyedEvents<String> joined = join(left, random.nextBoolean() ? once : keyed, "join", random);
        join(joined, once, "joined", random)
                .map((pair, at) -> pair + " at " + at.time())
                .to("s/joined", TextCodec.STRING);
    }

    private static KeyedEvents<String> join(
            KeyedEvents<String> left, KeyedEvents<String> right, String id, Random random) {
        KeyedEvents.Joined<String, String> sides = left.join(
                        right, Duration.ofMillis(random.nextInt(20)), Duration.ofMillis(random.nextInt(20)))
                .leftLateTo("s/late", TextCodec.STRING);
        EventCodec<String> codec = TextCodec.STRING;
        return switch (random.nextInt(3)) {
            case 0 -> sides.inner(id, codec, codec, OperatorSeedsTest::pair);
            case 1 -> sides.left(id, codec, codec, OperatorSeedsTest::pair);
            default -> sides.outer(id, codec, codec, OperatorSeedsTest::pair);
        };
    }

    private static String pair(@Nullable String one, @Nullable String other) {
        return Integer.toHexString(Objects.hash(one, other));
    }

    private static void tables(KeyedEvents<String> keyed, Random random) {
        KeyedTable<String> one =
                mortal(keyed, random).asTable("one", TextCodec.STRING, event -> event.endsWith("1") ? null : event);
        KeyedTable<String> other =
                mortal(keyed.filter(event -> event.length() % 2 == 0), random).asTable("other", TextCodec.STRING);
        KeyedTable<String> both = random.nextBoolean()
                ? one.join(other, OperatorSeedsTest::pair)
                : one.outerJoin(other, OperatorSeedsTest::pair);
        both.changes().map((change, at) -> change + " at " + at.time()).to("s/changes", TextCodec.STRING);
        mortal(keyed, random)
                .leftJoin(both, OperatorSeedsTest::pair)
                .aggregate("mortal", Harness.NUMBERS, key -> 0L, (sum, pair) -> sum + pair.length())
                .map(String::valueOf)
                .to("s/mortal", TextCodec.STRING);
    }

    private static KeyedEvents<String> mortal(KeyedEvents<String> keyed, Random random) {
        return random.nextBoolean() ? keyed : keyed.timeToLive(Duration.ofMillis(1 + random.nextInt(100)));
    }

    private static Windows windows(Random random) {
        Duration size = Duration.ofMillis(5 + random.nextInt(30));
        return switch (random.nextInt(3)) {
            case 0 -> Windows.tumbling(size);
            case 1 -> Windows.sliding(size, Duration.ofMillis(1 + random.nextInt(5)));
            default -> Windows.session(size);
        };
    }

    static List<String> events(Random random) {
        List<String> events = new ArrayList<>();
        long now = 0;
        for (int i = 0; i < EVENTS; i++) {
            now += random.nextInt(6);
            events.add("key-" + random.nextInt(6) + " " + (now - random.nextInt(40)) + " " + random.nextInt(100));
        }
        return events;
    }

    /** What a log of ticks holds. Events have stamps from 1,000,000 on, one millisecond each. */
    private static Map<Long, Harness.Tick> ticks(Random random) {
        Map<Long, Harness.Tick> ticks = new TreeMap<>();
        long time = 1_000_000;
        for (long step = random.nextInt(200); step < 4L * EVENTS; step += 1 + random.nextInt(60)) {
            time += random.nextInt(40);
            ticks.put(step, new Harness.Tick(time, random.nextBoolean()));
        }
        return ticks;
    }

    @Test
    void a_run_that_is_cut_and_restored_gives_what_an_undisturbed_one_gives() throws Exception {
        for (long seed = 0; seed < SEEDS; seed++) {
            Topology topology = topology(new Random(seed));
            List<String> events = events(new Random(seed));
            Map<Long, Harness.Tick> ticks = ticks(new Random(seed));
            Harness undisturbed = new Harness(topology).ticks(ticks);
            events.forEach(undisturbed::event);
            assertThat(disturbed(topology, events, ticks, new Random(seed)))
                    .as("seed %s", seed)
                    .isEqualTo(undisturbed.outputs);
        }
    }

    /** Outputs as the log would hold them: the first of each step. */
    private static List<String> disturbed(
            Topology topology, List<String> events, Map<Long, Harness.Tick> ticks, Random random) throws Exception {
        Map<Long, List<String>> log = new TreeMap<>();
        Harness task = new Harness(topology).ticks(ticks);
        Harness.Cut frozen = null;
        Harness.Files durable = new Harness.Files();
        boolean isEmpty = true;
        int crashes = 0;
        while (task.offset() < events.size() || task.isDue()) {
            long step = task.step();
            while (random.nextInt(3) == 0) {
                task.fail(events.get((int) Math.min(task.offset(), events.size() - 1)), random.nextInt(4));
            }
            int before = task.outputs.size();
            if (!task.fire()) {
                task.take(events.get((int) task.offset()));
            }
            List<String> emitted = List.copyOf(task.outputs.subList(before, task.outputs.size()));
            List<String> known = log.putIfAbsent(step, emitted);
            assertThat(emitted).as("step %s", step).isEqualTo(known == null ? emitted : known);

            int choice = random.nextInt(40);
            if (choice == 0 && frozen == null && !task.settle()) {
                frozen = task.cut();
            } else if (choice < 4 && frozen != null) {
                if (random.nextInt(4) > 0) {
                    int part = 1 + random.nextInt(4);
                    int rest = random.nextInt(4);
                    boolean isFirst = isEmpty;
                    durable = durable.with(frozen, group -> isFirst || group % part == rest);
                    isEmpty = false;
                    frozen.captured().written();
                }
                frozen = null;
                task.release(random.nextInt(10));
            } else if (choice == 5) {
                task.settle();
            } else if (choice == 6 && crashes < 20) {
                crashes++;
                frozen = null;
                task = (isEmpty ? new Harness(topology) : durable.restore(topology)).ticks(ticks);
            }
        }
        List<String> outputs = new ArrayList<>();
        log.values().forEach(outputs::addAll);
        return outputs;
    }

    /** The windows of a plain fold: what is late is judged event by event, and what is over is passed on by end and key. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 30})
    void tumbling_counts_are_those_of_a_plain_fold(int size) {
        Topology topology = Pipeline.named("test", 1)
                .from("s/in", TextCodec.STRING)
                .eventTime(Harness::time, Duration.ofMillis(15))
                .keyByRoutingKey()
                .window(Windows.tumbling(Duration.ofMillis(size)))
                .count("counts")
                .map(window -> window.key() + " " + window.start() + " " + window.value())
                .to("s/out", TextCodec.STRING)
                .build()
                .topology();
        for (long seed = 0; seed < 50; seed++) {
            List<String> events = events(new Random(seed));
            Harness harness = new Harness(topology);
            events.forEach(harness::event);
            assertThat(harness.outputs.stream()
                            .map(output -> output.split(" ", 4)[3])
                            .toList())
                    .as("seed %s", seed)
                    .isEqualTo(counts(events, size, 15));
        }
    }

    private static List<String> counts(List<String> events, long size, long disorder) {
        List<String> counts = new ArrayList<>();
        TreeMap<Long, TreeMap<String, Long>> open = new TreeMap<>();
        long watermark = Long.MIN_VALUE;
        for (String event : events) {
            watermark = Math.max(watermark, Harness.time(event) - disorder);
            long start = Math.floorDiv(Harness.time(event), size) * size;
            if (start + size > watermark) {
                open.computeIfAbsent(start, first -> new TreeMap<>()).merge(Harness.key(event), 1L, Long::sum);
            }
            for (long over : new TreeSet<>(open.keySet())) {
                if (over + size <= watermark) {
                    open.remove(over).forEach((key, count) -> counts.add(key + " " + over + " " + count));
                }
            }
        }
        return counts;
    }
}
