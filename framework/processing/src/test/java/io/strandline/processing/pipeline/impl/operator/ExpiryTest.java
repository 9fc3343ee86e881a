package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** States of keys that nothing touches any more. The watermark is the highest time. */
class ExpiryTest {

    private static final EventCodec<String> TEXT = TextCodec.STRING;

    private static KeyedEvents<String> keyed() {
        return Pipeline.named("test", 1)
                .from("s/in", TEXT)
                .eventTime(Harness::time, Duration.ZERO)
                .keyBy(Harness::key);
    }

    private static UnaryOperator<KeyedEvents<String>> living(long millis) {
        return events -> events.timeToLive(Duration.ofMillis(millis)).filter(event -> !event.endsWith("skip"));
    }

    private static Topology counts(UnaryOperator<KeyedEvents<String>> more) {
        return more.apply(keyed())
                .aggregate("count", Harness.NUMBERS, key -> 0L, (count, event) -> count + 1)
                .map(String::valueOf)
                .to("s/out", TEXT)
                .build()
                .topology();
    }

    private static List<String> keys(Harness harness) {
        List<String> keys = new ArrayList<>();
        harness.states().stores().iterator().next().forEach(entry -> keys.add(entry.key() + " " + entry.value()));
        Collections.sort(keys);
        return keys;
    }

    @Test
    void a_key_that_nothing_touches_begins_again() throws Exception {
        Harness harness = new Harness(counts(living(100)));
        harness.event("a 1")
                .event("b 2")
                .event("a 100")
                .event("b 101")
                .event("c 102")
                .event("b 103");
        assertThat(harness.outputs)
                .containsExactly("0 out a 1", "1 out b 1", "2 out a 2", "3 out b 2", "4 out c 1", "5 out b 3");
        harness.event("d 201");
        assertThat(keys(harness)).containsExactly("b 3", "c 1", "d 1");
        harness.event("a 202").event("d 210");
        assertThat(harness.outputs).endsWith("8 out a 1", "10 out d 2");
    }

    /** The event that moves the watermark comes before what is due, and finds a key forgotten nevertheless. */
    @Test
    void the_only_key_of_a_task_begins_again_too() {
        Harness harness = new Harness(counts(living(100)));
        harness.event("a 1").event("a 100").event("a 199").event("a 299").event("a 300");
        assertThat(harness.outputs).containsExactly("0 out a 1", "1 out a 2", "2 out a 3", "3 out a 1", "4 out a 2");
    }

    @Test
    void the_time_to_live_is_no_part_of_the_state() throws Exception {
        for (UnaryOperator<KeyedEvents<String>> before : List.of(living(100), living(5_000))) {
            Harness first = new Harness(counts(before));
            first.event("a 1").event("b 50");
            Harness longer = first.cut().restore(counts(living(1_000)));
            longer.event("c 1000");
            assertThat(keys(longer)).containsExactly("a 1", "b 1", "c 1");
            longer.event("c 1049").event("c 1050");
            assertThat(keys(longer)).containsExactly("c 3");
            Harness shorter = longer.cut().restore(counts(living(10)));
            shorter.event("d 1060");
            assertThat(keys(shorter)).containsExactly("d 1");
        }
    }

    @Test
    void a_time_to_live_is_added_and_left_out() throws Exception {
        Harness without = new Harness(counts(events -> events));
        without.event("a 1").event("b 50");
        Harness with = without.cut().restore(counts(living(100)));
        with.event("b 149");
        assertThat(keys(with)).containsExactly("a 1", "b 2");
        with.event("c 150");
        assertThat(keys(with)).containsExactly("b 2", "c 1");
        Harness again = with.cut().restore(counts(events -> events));
        again.event("b 9000").event("b 9001");
        assertThat(again.outputs).endsWith("6 out b 4");
    }

    @Test
    void every_state_of_the_keys_lives_as_long_until_they_are_grouped_anew() throws Exception {
        Harness harness = new Harness(living(100)
                .apply(keyed())
                .deduplicate("ids", event -> event, Duration.ofMillis(1))
                .aggregate("first", Harness.NUMBERS, key -> 0L, (count, event) -> count + 1)
                .aggregate("second", Harness.NUMBERS, key -> 0L, (count, event) -> count + 1)
                .keyByRoutingKey()
                .aggregate("third", Harness.NUMBERS, key -> 0L, (count, event) -> count + 1)
                .to("s/out", Harness.NUMBERS)
                .build()
                .topology());
        harness.event("a 1").event("a 2").event("b 500").event("a 501");
        assertThat(harness.states().stores().stream()
                        .filter(store -> !store.id().equals("ids"))
                        .flatMap(store -> {
                            List<String> counts = new ArrayList<>();
                            store.forEach(entry -> counts.add(store.id() + " " + entry.key() + " " + entry.value()));
                            return counts.stream();
                        }))
                .containsExactlyInAnyOrder(
                        "first a 1", "first b 1", "second a 1", "second b 1", "third a 3", "third b 1");
    }

    @Test
    void timers_touch_a_key_and_stay() throws Exception {
        Topology topology = keyed().timeToLive(Duration.ofMillis(100))
                .<Long, String>process(
                        "timers",
                        Harness.NUMBERS,
                        key -> 0L,
                        (count, event, at) -> {
                            at.setTimer(at.time() + 60);
                            at.setTimer(at.time() + 300);
                            return count + 1;
                        },
                        (count, at) -> {
                            at.emit("fired at " + at.time() + " " + count);
                            return count;
                        })
                .to("s/out", TEXT)
                .build()
                .topology();
        Harness harness = new Harness(topology);
        harness.event("a 1");
        harness.event("b 120");
        assertThat(keys(harness)).containsExactly("a 1", "b 1");
        harness = harness.cut().restore(topology);
        harness.event("b 220");
        assertThat(keys(harness)).containsExactly("a null", "b 1");
        harness = harness.cut().restore(topology);
        harness.event("c 310");
        assertThat(harness.outputs).containsExactly("7 out b fired at 280 1", "8 out a fired at 301 0");
    }

    @Test
    void a_table_passes_on_that_a_value_is_gone() {
        KeyedEvents<String> events = keyed();
        var lasting = events.asTable("lasting", TEXT);
        var table = events.timeToLive(Duration.ofMillis(100))
                .asTable("table", TEXT)
                .leftJoin(lasting, (one, other) -> one + "+" + other);
        Topology topology = table.changes()
                .map((change, at) -> change.before() + " -> " + change.value() + " at " + at.time())
                .to("s/out", TEXT)
                .build()
                .topology();
        Harness harness = new Harness(topology);
        harness.event("a 1 x").event("b 150 y");
        assertThat(harness.outputs)
                .filteredOn(output -> output.endsWith("at 101"))
                .containsExactly("2 out a a 1 x+a 1 x -> null at 101");
    }

    /** A time far after its stamp does not move the watermark, so there is none yet. So are the values of a table that is loaded first. */
    @Test
    void a_key_that_was_touched_before_there_was_a_watermark_begins_to_live_with_the_first() throws Exception {
        Harness harness = new Harness(counts(living(100)));
        for (int i = 0; i < 3 * Expiry.AT_ONCE; i++) {
            harness.event("key-" + i + " 99000000");
        }
        assertThat(harness.operators().watermark()).isEqualTo(EventTime.NO_WATERMARK);
        harness = harness.cut().restore(counts(living(100)));
        long before = harness.step();
        harness.event("key-1 7");
        assertThat(harness.step() - before).isEqualTo(1 + 3);
        assertThat(keys(harness)).hasSize(3 * Expiry.AT_ONCE).contains("key-0 1", "key-1 2");
        harness = harness.cut().restore(counts(living(100)));
        harness.event("key-1 106");
        assertThat(keys(harness)).hasSize(3 * Expiry.AT_ONCE);
        harness.event("key-1 107");
        assertThat(keys(harness)).containsExactly("key-1 4");
    }

    /** Otherwise a million keys that were touched at once are one turn of the context. */
    @Test
    void many_keys_are_forgotten_in_slices() {
        Harness harness = new Harness(counts(living(100)));
        for (int i = 0; i < 1_000; i++) {
            harness.event("key-" + i + " 7");
        }
        long before = harness.step();
        harness.event("a 107");
        assertThat(harness.step() - before).isEqualTo(1 + 1_000 / Expiry.AT_ONCE);
    }

    @Test
    void no_time_to_live_is_refused() {
        assertThatThrownBy(() -> keyed().timeToLive(Duration.ZERO))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("PT0S");
    }
}
