package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.impl.TextCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Operators give what a plain fold over lists and maps gives, written down as the definition says. */
class OperatorFoldsTest {

    private static final EventCodec<String> TEXT = TextCodec.STRING;
    private static final int SEEDS = 150;
    private static final long DISORDER = 15;

    private static KeyedEvents<String> keyed() {
        return Pipeline.named("test", 1)
                .from("s/in", TEXT)
                .eventTime(Harness::time, Duration.ofMillis(DISORDER))
                .keyByRoutingKey();
    }

    private static Harness run(KeyedEvents<String> results, List<String> events) {
        Harness harness = new Harness(results.map((result, at) -> result + " at " + at.time())
                .to("s/out", TEXT)
                .build()
                .topology());
        events.forEach(harness::event);
        return harness;
    }

    /** Key and text of each output. */
    private static List<String> results(Harness harness) {
        return harness.outputs.stream().map(output -> output.split(" ", 3)[2]).toList();
    }

    private static boolean isRight(String event) {
        return event.length() % 2 == 0;
    }

    private static String pair(@Nullable String left, @Nullable String right) {
        return left + "+" + right;
    }

    // ---- join

    private record Waiting(String key, long time, boolean isRight, String event, long bound, AtomicBoolean met) {}

    /** A join as its definition says: a list of everything that waits. */
    private static final class JoinFold {

        final long before;
        final long after;
        final boolean leftAlone;
        final boolean rightAlone;
        final List<String> results = new ArrayList<>();
        final List<Waiting> waiting = new ArrayList<>();
        long watermark = Long.MIN_VALUE;
        long late;

        JoinFold(long before, long after, boolean leftAlone, boolean rightAlone) {
            this.before = before;
            this.after = after;
            this.leftAlone = leftAlone;
            this.rightAlone = rightAlone;
        }

        void event(String event) {
            watermark = Math.max(watermark, Harness.time(event) - DISORDER);
            boolean isRight = isRight(event);
            long time = Harness.time(event);
            Waiting one = new Waiting(
                    Harness.key(event), time, isRight, event, time + (isRight ? before : after), new AtomicBoolean());
            if (time + before + after < watermark) {
                late++;
            } else {
                take(one);
            }
            letGo();
        }

        private void take(Waiting one) {
            waiting.stream()
                    .filter(other -> other.isRight != one.isRight && other.key.equals(one.key))
                    .filter(other -> arePartners(one.isRight ? other : one, one.isRight ? one : other))
                    .sorted(Comparator.comparingLong(Waiting::time))
                    .forEach(other -> {
                        one.met.set(true);
                        other.met.set(true);
                        results.add(one.key + " "
                                + (one.isRight ? pair(other.event, one.event) : pair(one.event, other.event)) + " at "
                                + Math.max(one.time, other.time));
                    });
            if (one.bound >= watermark) {
                waiting.add(one);
            } else {
                alone(one, one.time);
            }
        }

        private boolean arePartners(Waiting left, Waiting right) {
            return right.time >= left.time - before && right.time <= left.time + after;
        }

        private void letGo() {
            List<Waiting> gone = new ArrayList<>(waiting.stream()
                    .filter(each -> each.bound < watermark)
                    .sorted(Comparator.comparingLong(Waiting::bound)
                            .thenComparing(Waiting::key)
                            .thenComparing(Waiting::isRight))
                    .toList());
            waiting.removeAll(gone);
            gone.forEach(each -> alone(each, each.bound));
        }

        private void alone(Waiting one, long time) {
            if (!one.met.get() && (one.isRight ? rightAlone : leftAlone)) {
                results.add(
                        one.key + " " + (one.isRight ? pair(null, one.event) : pair(one.event, null)) + " at " + time);
            }
        }
    }

    @Test
    void joins_are_those_of_a_plain_fold() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            List<String> events = OperatorSeedsTest.events(random);
            int before = random.nextInt(40);
            int after = random.nextInt(40);
            for (int kind = 0; kind < 3; kind++) {
                KeyedEvents<String> keyed = keyed();
                var sides = keyed.branch(event -> !isRight(event));
                KeyedEvents.Joined<String, String> joined =
                        sides.matching().join(sides.others(), Duration.ofMillis(before), Duration.ofMillis(after));
                Harness harness = run(
                        switch (kind) {
                            case 0 -> joined.inner("join", TEXT, TEXT, OperatorFoldsTest::pair);
                            case 1 -> joined.left("join", TEXT, TEXT, OperatorFoldsTest::pair);
                            default -> joined.outer("join", TEXT, TEXT, OperatorFoldsTest::pair);
                        },
                        events);
                JoinFold fold = new JoinFold(before, after, kind > 0, kind > 1);
                events.forEach(fold::event);
                assertThat(results(harness)).as("seed %s, kind %s", seed, kind).isEqualTo(fold.results);
                assertThat(harness.operators().lateEvents()).as("seed %s", seed).isEqualTo(fold.late);
            }
        }
    }

    // ---- deduplicate

    @Test
    void events_that_come_once_are_those_of_a_plain_fold() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            List<String> events = OperatorSeedsTest.events(random);
            long within = random.nextInt(60);
            Harness harness =
                    run(keyed().deduplicate("once", OperatorFoldsTest::id, Duration.ofMillis(within)), events);
            List<String> expected = new ArrayList<>();
            Map<String, Long> known = new HashMap<>();
            long watermark = Long.MIN_VALUE;
            long late = 0;
            for (String event : events) {
                long now = Math.max(watermark, Harness.time(event) - DISORDER);
                watermark = now;
                known.values().removeIf(time -> time + within < now);
                String id = Harness.key(event) + id(event);
                if (known.containsKey(id)) {
                    continue;
                }
                if (Harness.time(event) + within < now) {
                    late++;
                } else {
                    known.put(id, Harness.time(event));
                    expected.add(Harness.key(event) + " " + event + " at " + Harness.time(event));
                }
            }
            assertThat(results(harness)).as("seed %s", seed).isEqualTo(expected);
            assertThat(harness.operators().lateEvents()).as("seed %s", seed).isEqualTo(late);
        }
    }

    private static String id(String event) {
        return event.substring(event.length() - 1);
    }

    // ---- tables and times to live

    @Test
    void tables_and_states_that_expire_are_those_of_a_plain_fold() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            List<String> events = OperatorSeedsTest.events(random);
            long tableLives = 1L + random.nextInt(150);
            long stateLives = 1L + random.nextInt(150);
            KeyedEvents<String> keyed = keyed();
            var table = keyed.timeToLive(Duration.ofMillis(tableLives))
                    .filter(event -> isRight(event))
                    .asTable("table", TEXT, event -> id(event).equals("0") ? null : event);
            Harness harness = run(
                    keyed.timeToLive(Duration.ofMillis(stateLives))
                            .filter(event -> !isRight(event))
                            .leftJoin(table, OperatorFoldsTest::pair)
                            .timeToLive(Duration.ofMillis(stateLives))
                            .aggregate("all", TEXT, key -> "", (all, pair) -> all + pair),
                    events);
            List<String> expected = new ArrayList<>();
            Map<String, String> values = new TreeMap<>();
            Map<String, String> states = new TreeMap<>();
            Map<String, Long> touchedValues = new HashMap<>();
            Map<String, Long> touchedStates = new HashMap<>();
            long watermark = Long.MIN_VALUE;
            for (String event : events) {
                watermark = Math.max(watermark, Harness.time(event) - DISORDER);
                expire(values, touchedValues, watermark - tableLives);
                expire(states, touchedStates, watermark - stateLives);
                String key = Harness.key(event);
                if (!isRight(event)) {
                    states.merge(key, pair(event, values.get(key)), String::concat);
                    touchedStates.put(key, watermark);
                    expected.add(key + " " + states.get(key) + " at " + Harness.time(event));
                } else if (id(event).equals("0")) {
                    values.remove(key);
                } else {
                    values.put(key, event);
                    touchedValues.put(key, watermark);
                }
            }
            assertThat(results(harness)).as("seed %s", seed).isEqualTo(expected);
        }
    }

    private static void expire(Map<String, String> states, Map<String, Long> touched, long until) {
        states.keySet().removeIf(key -> touched.getOrDefault(key, Long.MAX_VALUE) <= until);
    }
}
