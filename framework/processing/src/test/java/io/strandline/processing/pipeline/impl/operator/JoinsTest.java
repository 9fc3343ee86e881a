package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.KeyGroups;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Joins within a time bound, and events that come twice. Events are {@code key time payload}, left ones have a payload with L. */
class JoinsTest {

    private static final EventCodec<String> TEXT = TextCodec.STRING;

    private static KeyedEvents<String> keyed() {
        return Pipeline.named("test", 1)
                .from("s/in", TEXT)
                .eventTime(Harness::time, Duration.ofMillis(5))
                .keyBy(Harness::key);
    }

    /** A right event is at most 10 ms earlier and 20 ms later than its partner. */
    private static Topology joined(Function<KeyedEvents.Joined<String, String>, KeyedEvents<String>> kind) {
        var sides = keyed().branch(event -> payload(event).startsWith("L"));
        return kind.apply(sides.matching()
                        .join(sides.others(), Duration.ofMillis(10), Duration.ofMillis(20))
                        .leftLateTo("s/late", TEXT)
                        .rightLateTo("s/late", TEXT))
                .map((pair, at) -> pair + " at " + at.time())
                .to("s/out", TEXT)
                .build()
                .topology();
    }

    private static String payload(String event) {
        return event.substring(event.lastIndexOf(' ') + 1);
    }

    private static String pair(String left, String right) {
        return (left == null ? "nothing" : payload(left)) + "+" + (right == null ? "nothing" : payload(right));
    }

    private static final Topology INNER = joined(sides -> sides.inner("join", TEXT, TEXT, JoinsTest::pair));
    private static final Topology LEFT = joined(sides -> sides.left("join", TEXT, TEXT, JoinsTest::pair));
    private static final Topology OUTER = joined(sides -> sides.outer("join", TEXT, TEXT, JoinsTest::pair));

    private static Harness run(Topology topology, String... events) {
        return new Harness(topology).events(List.of(events));
    }

    @Test
    void partners_are_paired_at_once_whichever_comes_first_and_the_bounds_are_included() {
        assertThat(run(
                                INNER,
                                "a 100 L1",
                                "b 100 Rb",
                                "a 90 R1",
                                "a 89 R2",
                                "a 120 R3",
                                "a 121 R4",
                                "a 101 L2",
                                "a 111 L3")
                        .outputs)
                .containsExactly(
                        "2 out a L1+R1 at 100",
                        "4 out a L1+R3 at 120",
                        "9 out a L2+R3 at 120",
                        "9 out a L2+R4 at 121",
                        "10 out a L3+R3 at 120",
                        "10 out a L3+R4 at 121");
    }

    @Test
    void partners_come_by_their_times_and_then_as_they_came() {
        assertThat(run(INNER, "a 104 R1", "a 102 R2", "a 104 R3", "a 103 L1").outputs)
                .containsExactly("3 out a L1+R2 at 103", "3 out a L1+R1 at 104", "3 out a L1+R3 at 104");
    }

    @Test
    void a_left_event_without_partner_is_passed_on_when_none_can_come_any_more() {
        // The watermark is 121 at 126: a partner of 120 may come until then.
        assertThat(run(LEFT, "a 100 L1", "b 100 L2", "a 125 R1", "a 126 R2", "b 120 R3").outputs)
                .containsExactly("4 out a L1+nothing at 120", "5 out b L2+nothing at 120");
        assertThat(run(LEFT, "a 100 L1", "a 125 R1", "a 120 R2", "a 126 R3").outputs)
                .containsExactly("2 out a L1+R2 at 120");
    }

    @Test
    void events_of_both_sides_without_partner_are_passed_on_by_time_and_key() {
        assertThat(run(OUTER, "b 100 L1", "a 90 R1", "b 109 R2", "c 110 R3", "a 200 R9").outputs)
                .containsExactly("2 out b L1+R2 at 109", "3 out a nothing+R1 at 100", "8 out c nothing+R3 at 120");
    }

    @Test
    void an_event_that_had_a_partner_is_never_passed_on_alone() {
        assertThat(run(OUTER, "a 100 L1", "a 100 R1", "a 101 R2", "a 500 L9").outputs)
                .containsExactly("1 out a L1+R1 at 100", "2 out a L1+R2 at 101");
    }

    @Test
    void an_event_that_no_held_one_can_meet_is_late() {
        Harness harness = run(OUTER, "a 150 L9", "a 114 L1", "a 115 R1", "a 100 R2");
        assertThat(harness.outputs)
                .containsExactly(
                        "1 late a a 114 L1 operator join: event time 114, its partners were held until 144, the watermark is"
                                + " 145",
                        // In time for a partner that would be held, and too late to wait for one.
                        "2 out a nothing+R1 at 115",
                        "3 late a a 100 R2 operator join: event time 100, its partners were held until 130, the watermark is"
                                + " 145");
        assertThat(harness.operators().lateEvents()).isEqualTo(2);
    }

    @Test
    void an_event_after_its_bound_meets_a_partner_that_is_still_held() {
        assertThat(run(OUTER, "a 131 L1", "a 150 L9", "a 125 R1", "a 500 L9").outputs)
                .startsWith("2 out a L1+R1 at 131", "5 out a L9+nothing at 170");
    }

    @Test
    void a_silent_source_holds_back_no_event_without_partner() {
        Harness harness = new Harness(LEFT).event("a 100 L1").tick(1_000_025, true);
        assertThat(harness.outputs).isEmpty();
        assertThat(harness.tick(1_000_026, true).outputs).containsExactly("3 out a L1+nothing at 120");
        assertThat(new Harness(INNER)
                        .event("a 100 L1")
                        .tick(1_000_026, true)
                        .operators()
                        .watermark())
                .isEqualTo(95);
    }

    /** Snapshots of equal states are equal, whatever came first. */
    @Test
    void equal_states_have_equal_bytes() throws Exception {
        Harness one = new Harness(INNER)
                .event("b 102 L")
                .event("a 103 L")
                .event("a 102 L")
                .event("c 101 L");
        Harness other = new Harness(INNER)
                .event("a 102 L")
                .event("c 101 L")
                .event("b 102 L")
                .event("a 103 L");
        assertThat(records(one)).hasSize(4).isEqualTo(records(other));
    }

    private static List<String> records(Harness harness) throws Exception {
        List<String> records = new ArrayList<>();
        StateStore.Captured captured = harness.cut().captured().stores().get(0);
        captured.encode(KeyGroups.ALL, new long[KeyGroups.COUNT]);
        for (int group = 0; group < KeyGroups.COUNT; group++) {
            captured.write(
                    group,
                    true,
                    (start, bytes, from, length) -> records.add(HexFormat.of().formatHex(bytes, from, from + length)));
        }
        return records;
    }

    @Test
    void what_can_meet_no_event_any_more_is_let_go_of() {
        Harness harness = new Harness(INNER);
        for (int time = 0; time < 10_000; time++) {
            harness.event("a " + time + (time % 2 == 0 ? " L" : " R"));
        }
        assertThat(harness.pieces()).isLessThan(40);
    }

    @Test
    void a_window_takes_events_that_were_passed_on_alone() {
        var sides = keyed().branch(event -> payload(event).startsWith("L"));
        Topology topology = sides.matching()
                .join(sides.others(), Duration.ZERO, Duration.ofMillis(9))
                .left("join", TEXT, TEXT, JoinsTest::pair)
                .window(Windows.tumbling(Duration.ofMillis(10)))
                .lateTo("s/late", TEXT)
                .reduce("window", TEXT, (one, other) -> one + ", " + other)
                .map(window -> window.start() + ": " + window.value())
                .to("s/out", TEXT)
                .build()
                .topology();
        assertThat(run(topology, "a 100 L1", "a 100 L2", "a 105 R1", "a 200 R9").outputs)
                .containsExactly("6 out a 100: L1+R1, L2+R1");
        assertThat(run(topology, "a 100 L1", "a 101 L2", "a 200 R9").outputs)
                .containsExactly("4 out a 100: L1+nothing", "6 out a 110: L2+nothing");
    }

    @Test
    void events_are_joined_with_themselves() {
        KeyedEvents<String> events = keyed();
        Topology topology = events.join(events, Duration.ofMillis(10), Duration.ZERO)
                .left("join", TEXT, TEXT, JoinsTest::pair)
                .to("s/out", TEXT)
                .build()
                .topology();
        assertThat(run(topology, "a 100 E1", "a 105 E2", "a 500 E9").outputs)
                .containsExactly("0 out a E1+E1", "1 out a E2+E1", "1 out a E2+E2", "2 out a E9+E9");
    }

    @Test
    void a_key_holds_a_bounded_number_of_events() {
        Harness harness = new Harness(INNER);
        assertThatThrownBy(() -> {
                    for (int i = 0; i <= KeyedEvents.Joined.MAX_HELD; i++) {
                        harness.event("a 100 R");
                    }
                })
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("key a of operator join holds 10000 events, the limit is 10000");
        assertThat(harness.offset()).isEqualTo(KeyedEvents.Joined.MAX_HELD);
    }

    @Test
    void a_join_of_another_pipeline_is_refused() {
        KeyedEvents<String> other =
                Pipeline.named("other", 1).from("s/in", TEXT).keyByRoutingKey();
        assertThatThrownBy(() -> keyed().join(other, Duration.ZERO, Duration.ZERO))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("pipeline other");
    }

    /** A task that succeeds two: the one of the lower keys had come further, and has let go of events. */
    @Test
    void an_event_that_was_late_before_a_merge_is_late_after_it() {
        List<KeyRange> halves = KeyRange.equalRanges(2);
        EventTime merged =
                EventTime.after(halves, List.of(new EventTime(145, 11, List.of()), new EventTime(7, 12, List.of())));
        Harness harness = new Harness(INNER, new OperatorStates(INNER, merged), 0, 0);
        harness.event(OperatorsTest.keyIn(halves.get(0)) + " 100 L")
                .event(OperatorsTest.keyIn(halves.get(1)) + " 100 L");
        assertThat(harness.operators().lateEvents()).isEqualTo(1);
    }

    // ---- deduplicate

    private static final Topology ONCE = keyed().deduplicate(
                    "once", (event, at) -> payload(event), Duration.ofMillis(20), "s/late", TEXT)
            .to("s/out", TEXT)
            .build()
            .topology();

    @Test
    void a_repeat_is_dropped_while_its_id_is_known() {
        // At 126 the watermark is 121.
        assertThat(run(ONCE, "a 100 x", "b 100 x", "a 100 x", "a 110 y", "a 125 x", "a 126 z", "a 100 x", "a 126 x")
                        .outputs)
                .containsExactly(
                        "0 out a a 100 x",
                        "1 out b b 100 x",
                        "3 out a a 110 y",
                        "5 out a a 126 z",
                        "8 late a a 100 x operator once: event time 100, its id was known until 120, the watermark is 121",
                        "9 out a a 126 x");
    }

    @Test
    void an_id_may_be_no_part_of_the_event() {
        Topology topology = keyed().deduplicate("once", (event, at) -> "id-" + at.offset() / 2, Duration.ofMillis(20))
                .to("s/out", TEXT)
                .build()
                .topology();
        assertThat(run(topology, "a 100 x", "a 101 y", "a 102 z").outputs)
                .containsExactly("0 out a a 100 x", "2 out a a 102 z");
    }

    @Test
    void ids_are_forgotten() {
        Harness harness = new Harness(ONCE);
        for (int time = 0; time < 10_000; time++) {
            harness.event("a " + time + " id-" + time);
        }
        assertThat(harness.pieces()).isLessThan(30);
        assertThat(harness.outputs).hasSize(10_000);
    }

    @Test
    void a_key_has_a_bounded_number_of_ids() {
        Harness harness = new Harness(keyed().deduplicate("once", JoinsTest::payload, Duration.ofSeconds(10))
                .to("s/out", TEXT)
                .build()
                .topology());
        assertThatThrownBy(() -> {
                    for (int i = 0; i <= KeyedEvents.MAX_IDS; i++) {
                        harness.event("a " + (100 + i / 100) + " id-" + i);
                    }
                })
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("100000 ids, the limit is 100000");
    }

    /** One budget for all pieces: otherwise a turn of the context takes as long as there are pieces. */
    @Test
    void what_was_captured_moves_in_slices() {
        OperatorStates states = new OperatorStates(ONCE, EventTime.START);
        Harness harness = new Harness(ONCE, states, 0, 0);
        for (int i = 0; i < 100; i++) {
            harness.event("a " + (100 + i % 20) + " id-" + i);
        }
        states.capture();
        states.release();
        int slices = 1;
        while (states.settle(4)) {
            slices++;
        }
        assertThat(slices).isBetween(5, 6);
    }
}
