package io.strandline.processing.pipeline.impl.operator;

import static io.strandline.processing.pipeline.impl.operator.Harness.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.WindowedEvents;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class OperatorsTest {

    private static final TextCodec<String> TEXT = (TextCodec<String>) TextCodec.STRING;

    private static Topology topology(Function<Events<String>, Pipeline.Builder> operators) {
        return operators
                .apply(Pipeline.named("test", 1).from("s/in", TEXT).eventTime(Harness::time, Duration.ofMillis(5)))
                .build()
                .topology();
    }

    private static KeyedEvents<String> keyed(Events<String> events) {
        return events.keyBy(Harness::key);
    }

    /** Counts by key and window, and appends each result. */
    private static Topology counts(String id, Windows windows, UnaryOperator<WindowedEvents<String>> more) {
        return topology(events -> more.apply(keyed(events).window(windows))
                .count(id)
                .map(OperatorsTest::print)
                .to("s/out", TEXT));
    }

    private static String print(Windowed<?> window) {
        return "[" + window.start() + "," + window.end() + ") " + window.value() + (window.isFinal() ? "" : " so far");
    }

    @Test
    void events_are_changed_dropped_multiplied_parted_and_joined() {
        Topology topology = topology(events -> {
            var branches = events.map(event -> event + "!").branch(event -> event.startsWith("a"));
            Events<String> twice = branches.matching().flatMap(event -> List.of(event, event + "2"));
            Events<String> few = branches.others().filter((event, at) -> at.offset() % 2 == 0);
            return twice.merge(few)
                    .map((event, at) -> at.time() < 0 ? null : event)
                    .to("s/out", TEXT);
        });
        assertThat(run(topology, "a 1", "b 2", "c 3", "a -1"))
                .containsExactly("0 out a a 1!", "0 out a a 1!2", "2 out c c 3!");
    }

    @Test
    void each_operator_after_a_fork_receives_every_event_under_its_own_key() {
        Topology topology = topology(events -> {
            events.keyBy(event -> "one").to("s/ones", TEXT);
            events.to("s/keys", TEXT);
            return events.to("s/ids", TEXT, event -> "id-" + Harness.time(event));
        });
        assertThat(run(topology, "a 1")).containsExactly("0 ones one a 1", "0 keys a a 1", "0 ids id-1 a 1");
    }

    @Test
    void a_state_is_kept_for_each_key_and_forgotten_for_null() {
        Topology topology = topology(events -> keyed(events)
                .aggregate("sum", Harness.NUMBERS, key -> 0L, (sum, event) -> {
                    long next = sum + Harness.time(event);
                    return next >= 10 ? null : next;
                })
                .map(String::valueOf)
                .to("s/out", TEXT));
        assertThat(run(topology, "a 4", "b 3", "a 5", "a 1", "a 2"))
                .containsExactly("0 out a 4", "1 out b 3", "2 out a 9", "4 out a 2");
    }

    @Test
    void a_reduction_begins_with_the_first_event() {
        Topology topology = topology(events -> keyed(events)
                .reduce("longest", TEXT, (one, other) -> one.length() >= other.length() ? one : other)
                .to("s/out", TEXT));
        assertThat(run(topology, "a 1", "a 20", "a 3")).containsExactly("0 out a a 1", "1 out a a 20", "2 out a a 20");
    }

    /** Timers of two keys at one time, one that is cleared, one in the past, and one that a timer sets. */
    private static Topology timers() {
        return topology(events -> keyed(events)
                .<Long, String>process(
                        "timers",
                        Harness.NUMBERS,
                        key -> 0L,
                        (count, event, at) -> {
                            if (event.endsWith("clear")) {
                                at.clearTimer(50);
                            } else {
                                at.setTimer(at.time() + 40);
                            }
                            return count + 1;
                        },
                        (count, at) -> {
                            at.emit("fired at " + at.time() + " by " + at.watermark() + ", " + count);
                            if (at.time() < 60) {
                                at.setTimer(at.time() + 1);
                            }
                            return at.time() < 60 ? count : null;
                        })
                .to("s/out", TEXT));
    }

    @Test
    void timers_fire_once_in_the_order_of_times_and_keys() {
        assertThat(run(timers(), "b 10", "a 10", "c 10", "c 11 clear", "a 12", "z 58"))
                .containsExactly(
                        "6 out a fired at 50 by 53, 2",
                        "7 out b fired at 50 by 53, 1",
                        "8 out a fired at 51 by 53, 2",
                        "9 out b fired at 51 by 53, 1",
                        "10 out a fired at 52 by 53, 2",
                        "11 out b fired at 52 by 53, 1",
                        "12 out a fired at 53 by 53, 2",
                        "13 out b fired at 53 by 53, 1");
    }

    @Test
    void a_timer_without_something_to_do_is_refused() {
        Topology topology = topology(events -> keyed(events)
                .<Long, String>process("lost", Harness.NUMBERS, key -> 0L, (count, event, at) -> {
                    at.setTimer(7);
                    return count;
                })
                .to("s/out", TEXT));
        assertThatThrownBy(() -> run(topology, "a 1"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("lost");
    }

    @Test
    void a_key_has_a_bounded_number_of_timers() {
        Topology topology = topology(events -> keyed(events)
                .<Long, String>process(
                        "many",
                        Harness.NUMBERS,
                        key -> 0L,
                        (count, event, at) -> {
                            for (int i = 0; i <= 100; i++) {
                                at.setTimer(1_000 + i);
                            }
                            return count;
                        },
                        (count, at) -> count)
                .to("s/out", TEXT));
        assertThatThrownBy(() -> run(topology, "a 1"))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("100 timers");
    }

    @Test
    void a_checked_exception_of_a_step_arrives_as_it_was() {
        Topology topology = topology(events -> keyed(events)
                .<Long, String>process("broken", Harness.NUMBERS, key -> 0L, (count, event, at) -> {
                    throw new Exception("no");
                })
                .to("s/out", TEXT));
        assertThatThrownBy(() -> run(topology, "a 1"))
                .satisfies(thrown -> assertThat(Operators.causeOf(thrown)).hasMessage("no"));
    }

    @Test
    void a_window_is_passed_on_when_the_watermark_reaches_its_end_by_key() {
        Topology topology = counts("counts", Windows.tumbling(Duration.ofMillis(10)), windows -> windows);
        assertThat(run(topology, "b 1", "a 9", "a 12", "a 3", "b 14", "a 15", "a 40"))
                .containsExactly("6 out a [0,10) 2", "7 out b [0,10) 1", "9 out a [10,20) 2", "10 out b [10,20) 1");
    }

    @Test
    void a_late_event_goes_to_its_own_stream_with_the_reason() {
        Topology topology =
                counts("counts", Windows.tumbling(Duration.ofMillis(10)), windows -> windows.lateTo("s/late", TEXT));
        Harness harness = new Harness(topology);
        harness.event("a 1").event("a 15").event("a 9").event("a 10");
        assertThat(harness.outputs)
                .containsExactly(
                        "2 out a [0,10) 1",
                        "3 late a a 9 operator counts: event time 9, its window ended at 10, the watermark is 10");
        assertThat(harness.operators().lateEvents()).isEqualTo(1);
    }

    @Test
    void allowed_lateness_corrects_a_result_and_ends() {
        Topology topology =
                counts("counts", Windows.tumbling(Duration.ofMillis(10)), windows -> windows.allowedLateness(
                                Duration.ofMillis(20))
                        .lateTo("s/late", TEXT));
        assertThat(run(topology, "a 1", "a 15", "a 2", "b 3", "a 34", "a 4", "a 35", "a 5"))
                .containsExactly(
                        "2 out a [0,10) 1 so far",
                        "3 out a [0,10) 2 so far",
                        "4 out b [0,10) 1 so far",
                        "6 out a [10,20) 1 so far",
                        "7 out a [0,10) 3 so far",
                        "9 late a a 5 operator counts: event time 5, its window ended at 10, the watermark is 30");
    }

    @Test
    void an_event_is_in_all_windows_that_slide_over_it() {
        Topology topology =
                counts("counts", Windows.sliding(Duration.ofMillis(10), Duration.ofMillis(4)), windows -> windows);
        assertThat(run(topology, "a 9", "a 100"))
                .containsExactly("2 out a [0,10) 1", "3 out a [4,14) 1", "4 out a [8,18) 1");
    }

    @Test
    void windows_may_start_at_an_offset_and_before_the_epoch() {
        Topology topology = counts(
                "counts",
                Windows.tumbling(Duration.ofMillis(10)).startingAt(Duration.ofMillis(-3)),
                windows -> windows);
        assertThat(run(topology, "a -14", "a -4", "a 6", "a 100"))
                .containsExactly("2 out a [-23,-13) 1", "4 out a [-13,-3) 1", "6 out a [-3,7) 1");
    }

    @Test
    void a_session_lasts_while_events_follow_and_two_become_one() {
        Topology topology = counts("sessions", Windows.session(Duration.ofMillis(10)), windows -> windows);
        assertThat(run(topology, "a 1", "a 14", "b 5", "a 10", "a 30", "a 60"))
                .containsExactly("5 out b [5,15) 1", "6 out a [1,24) 3", "8 out a [30,40) 1");
    }

    @Test
    void a_session_that_was_passed_on_may_grow_while_later_events_are_allowed() {
        Topology topology = counts(
                "sessions",
                Windows.session(Duration.ofMillis(10)),
                windows -> windows.allowedLateness(Duration.ofMillis(100)));
        assertThat(run(topology, "a 1", "z 40", "a 2", "a 8"))
                .containsExactly("2 out a [1,11) 1 so far", "3 out a [1,12) 2 so far", "4 out a [1,18) 3 so far");
    }

    @Test
    void a_window_takes_the_results_of_windows_that_end_with_it() {
        Topology topology = topology(events -> keyed(events)
                .window(Windows.tumbling(Duration.ofMillis(10)))
                .count("minutes")
                .window(Windows.tumbling(Duration.ofMillis(30)))
                .lateTo("s/late", TextCodec.of("late", String::valueOf, text -> {
                    throw new IllegalStateException("only written");
                }))
                .aggregate("hours", Harness.NUMBERS, key -> 0L, (sum, minute) -> sum + minute.value())
                .map(OperatorsTest::print)
                .to("s/out", TEXT));
        assertThat(run(topology, "a 1", "a 11", "a 25", "b 29", "a 99"))
                .containsExactly("9 out a [0,30) 3", "10 out b [0,30) 1");
    }

    @Test
    void a_time_far_in_the_future_does_not_make_the_others_late() {
        Topology topology = counts("counts", Windows.tumbling(Duration.ofMillis(10)), windows -> windows);
        // In the year 10,000. The stamp of the events is 1,000 s after the epoch.
        assertThat(run(topology, "a 253402300800000", "a 1", "a 30")).containsExactly("3 out a [0,10) 1");
    }

    @Test
    void a_time_that_is_none_is_refused_with_its_value() {
        Topology topology = counts("counts", Windows.tumbling(Duration.ofMillis(10)), windows -> windows);
        assertThatThrownBy(() -> run(topology, "a " + Long.MAX_VALUE))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(String.valueOf(Long.MAX_VALUE));
    }

    @Test
    void windows_that_are_over_are_let_go_of() {
        Topology topology = counts(
                "counts",
                Windows.tumbling(Duration.ofMillis(10)),
                windows -> windows.allowedLateness(Duration.ofMillis(10)));
        Harness harness = new Harness(topology);
        for (int time = 0; time < 10_000; time++) {
            harness.event("a " + time);
        }
        assertThat(harness.pieces()).isLessThan(5);
    }

    @Test
    void a_result_that_was_corrected_before_its_window_is_over_again_is_passed_on_again() {
        Topology topology = counts(
                "counts",
                Windows.tumbling(Duration.ofMillis(10)),
                windows -> windows.allowedLateness(Duration.ofMillis(100)));
        OperatorStates states = new OperatorStates(topology, new EventTime(2, 0, List.of()));
        states.store("counts").restore(new StateEntry(0, "a", new long[] {1}, 7L));
        Harness harness = new Harness(topology, states, 0, 0);
        harness.event("a 3").event("a 15").event("a 500");
        assertThat(harness.outputs).containsExactly("2 out a [0,10) 8 so far", "4 out a [10,20) 1 so far");
    }

    @Test
    void a_timer_for_a_time_that_has_passed_opens_no_window_that_is_over() {
        Topology topology = topology(events -> keyed(events)
                .<Long, String>process(
                        "past",
                        Harness.NUMBERS,
                        key -> 0L,
                        (count, event, at) -> {
                            at.setTimer(at.time() + 1);
                            return count;
                        },
                        (count, at) -> {
                            at.emit("timer at " + at.time());
                            return count;
                        })
                .window(Windows.tumbling(Duration.ofMillis(10)))
                .count("counts")
                .map(OperatorsTest::print)
                .to("s/out", TEXT));
        assertThat(run(topology, "a 1", "a 100", "a 2", "a 200"))
                .containsExactly("3 out a [0,10) 1", "7 out a [90,100) 1", "9 out a [100,110) 1");
    }

    @Test
    void a_timer_that_would_fire_without_end_is_refused() {
        Topology topology = topology(events -> keyed(events)
                .<Long, String>process(
                        "endless",
                        Harness.NUMBERS,
                        key -> 0L,
                        (count, event, at) -> {
                            at.setTimer(7);
                            return count;
                        },
                        (count, at) -> {
                            at.setTimer(at.time());
                            return count;
                        })
                .to("s/out", TEXT));
        assertThatThrownBy(() -> run(topology, "a 1", "a 20"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("endless", "later");
    }

    @Test
    void a_result_of_a_window_cannot_be_grouped_by_a_key_of_another_partition() {
        Topology topology = topology(events -> keyed(events)
                .window(Windows.tumbling(Duration.ofMillis(10)))
                .count("counts")
                .keyBy(window -> "everything")
                .aggregate("total", Harness.NUMBERS, key -> 0L, (sum, window) -> sum + window.value())
                .map(String::valueOf)
                .to("s/out", TEXT));
        KeyRange other = KeyRange.equalRanges(2)
                .get(isIn("everything", KeyRange.equalRanges(2).get(0)) ? 1 : 0);
        Harness harness = Harness.of(topology, other);
        harness.event(keyIn(other) + " 1");
        assertThatThrownBy(() -> harness.event(keyIn(other) + " 100"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("everything");
    }

    @Test
    void a_key_has_a_bounded_number_of_sessions() {
        Topology topology = counts(
                "sessions",
                Windows.session(Duration.ofMillis(1)),
                windows -> windows.allowedLateness(Duration.ofDays(1)));
        Harness harness = new Harness(topology);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 2_000; i++) {
                        harness.event("a " + 10 * i);
                    }
                })
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("sessions");
    }

    /** A task that succeeds two: the one of the lower keys had come to 25, the one of the upper keys to 7. */
    @Test
    void windows_that_were_over_before_a_merge_do_not_begin_again_and_none_is_over_too_early() {
        Topology topology =
                counts("counts", Windows.tumbling(Duration.ofMillis(10)), windows -> windows.lateTo("s/late", TEXT));
        List<KeyRange> halves = KeyRange.equalRanges(2);
        EventTime merged =
                EventTime.after(halves, List.of(new EventTime(25, 11, List.of()), new EventTime(7, 12, List.of())));
        assertThat(merged).isEqualTo(new EventTime(7, 12, List.of(new EventTime.Floor(halves.get(0), 25))));
        String lower = keyIn(halves.get(0));
        String upper = keyIn(halves.get(1));

        Harness harness = new Harness(topology, new OperatorStates(topology, merged), 0, 0);
        harness.event(lower + " 8").event(upper + " 8").event(lower + " 21").event(upper + " 36");
        assertThat(harness.outputs)
                .containsExactly(
                        "0 late " + lower + " " + lower + " 8 operator counts: event time 8, its window ended at 10,"
                                + " the watermark is 7",
                        "3 out " + upper + " [0,10) 1",
                        "5 out " + lower + " [20,30) 1");
    }

    static String keyIn(KeyRange keys) {
        for (int i = 0; ; i++) {
            if (isIn("key-" + i, keys)) {
                return "key-" + i;
            }
        }
    }

    static boolean isIn(String key, KeyRange keys) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return keys.contains(KeyHash.of(bytes, 0, bytes.length));
    }

    /** One budget for all windows: otherwise a turn of the context takes as long as there are windows. */
    @Test
    void what_changed_beside_a_capture_moves_in_slices_however_many_windows_there_are() {
        Topology topology =
                counts("counts", Windows.sliding(Duration.ofMillis(100), Duration.ofMillis(1)), windows -> windows);
        OperatorStates states = new OperatorStates(topology, EventTime.START);
        Harness harness = new Harness(topology, states, 0, 0);
        harness.event("a 1000");
        states.capture();
        harness.event("b 1000");
        states.release();
        int slices = 0;
        while (states.settle(10)) {
            slices++;
        }
        assertThat(slices).isBetween(9, 10);
    }

    /** The step that handled it is gone, the timers of its state are not. */
    @Test
    void a_timer_that_nothing_handles_any_more_fires_without_effect() {
        Topology topology = topology(events -> keyed(events)
                .aggregate("sum", Harness.NUMBERS, key -> 0L, (sum, event) -> sum + 1)
                .map(String::valueOf)
                .to("s/out", TEXT));
        OperatorStates states = new OperatorStates(topology, EventTime.START);
        states.store("sum").restore(new StateEntry(0, "a", new long[] {7, 9}, 41L));
        states.store("sum").restore(new StateEntry(0, "b", new long[] {8}, null));
        Harness harness = new Harness(topology, states, 0, 0);
        harness.event("a 100").event("b 101");
        assertThat(harness.outputs).containsExactly("0 out a 42", "4 out b 1");
    }
}
