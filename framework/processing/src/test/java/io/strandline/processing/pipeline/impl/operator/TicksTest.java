package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Step;
import io.strandline.processing.pipeline.StepContext;
import io.strandline.processing.pipeline.TimerStep;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The clock of a task: timers that wait for it, and the event time of a silent source. Event n has the stamp 1,000,000 + n. */
class TicksTest {

    private static final long STAMP = 1_000_000;

    private static KeyedEvents<String> keyed() {
        return Pipeline.named("test", 1)
                .from("s/in", TextCodec.STRING)
                .eventTime(Harness::time, Duration.ofMillis(5))
                .keyByRoutingKey();
    }

    private static Topology counts(Windows windows) {
        return keyed().window(windows)
                .count("counts")
                .map(window -> "[" + window.start() + "," + window.end() + ") " + window.value())
                .to("s/out", TextCodec.STRING)
                .build()
                .topology();
    }

    private static Topology timers(Step<Long, String, String> step, TimerStep<Long, String> timer) {
        return keyed().process("timers", Harness.NUMBERS, key -> 0L, step, timer)
                .to("s/out", TextCodec.STRING)
                .build()
                .topology();
    }

    @Test
    void the_last_window_of_a_silent_source_is_passed_on_as_the_clock_goes_on() {
        Harness harness = new Harness(counts(Windows.tumbling(Duration.ofMillis(10))));
        harness.event("a 12");
        assertThat(harness.operators().wantsTick(STAMP + 12, true)).isFalse();
        assertThat(harness.operators().wantsTick(STAMP + 13, true)).isTrue();
        harness.tick(STAMP + 12, true);
        assertThat(harness.outputs).isEmpty();
        harness.tick(STAMP + 13, true);
        assertThat(harness.outputs).containsExactly("3 out a [10,20) 1");
    }

    @Test
    void the_last_session_of_a_silent_source_is_passed_on_as_the_clock_goes_on() {
        Harness harness = new Harness(counts(Windows.session(Duration.ofMillis(10))));
        harness.event("a 12").tick(STAMP + 15, true);
        assertThat(harness.outputs).containsExactly("2 out a [12,22) 1");
    }

    @Test
    void event_time_goes_no_farther_than_a_result_waits_so_that_what_comes_a_day_later_is_not_late() {
        Harness harness = new Harness(counts(Windows.tumbling(Duration.ofMillis(10))));
        harness.event("a 12").event("b 25").tick(STAMP + 86_400_000, true);
        assertThat(harness.operators().watermark()).isEqualTo(30);
        assertThat(harness.operators().wantsTick(STAMP + 2 * 86_400_000, true)).isFalse();
        harness.event("a 30").event("a 29");
        assertThat(harness.operators().lateEvents()).isEqualTo(1);
        harness.tick(STAMP + 2 * 86_400_000, true);
        assertThat(harness.outputs).containsExactly("2 out a [10,20) 1", "4 out b [20,30) 1", "8 out a [30,40) 1");
    }

    @Test
    void the_event_time_of_a_source_with_events_does_not_go_on_with_the_clock() {
        Harness harness = new Harness(counts(Windows.tumbling(Duration.ofMillis(10))));
        harness.event("a 12");
        assertThat(harness.operators().wantsTick(STAMP + 86_400_000, false)).isFalse();
        harness.tick(STAMP + 86_400_000, false);
        assertThat(harness.outputs).isEmpty();
        assertThat(harness.operators().watermark()).isEqualTo(7);
    }

    @Test
    void a_silent_source_without_any_event_has_no_event_time() {
        Harness harness = new Harness(counts(Windows.tumbling(Duration.ofMillis(10))));
        assertThat(harness.operators().wantsTick(STAMP, true)).isFalse();
        harness.tick(STAMP, true);
        assertThat(harness.operators().watermark()).isEqualTo(Long.MIN_VALUE);
    }

    /** The clock of the machine that ticks may be behind that of the log. */
    @Test
    void a_clock_that_is_behind_moves_nothing() {
        Harness harness = new Harness(counts(Windows.tumbling(Duration.ofMillis(10))));
        harness.event("a 12").tick(STAMP - 5_000, true);
        assertThat(harness.operators().watermark()).isEqualTo(7);
        harness.tick(STAMP + 1, true);
        assertThat(harness.operators().watermark()).isEqualTo(8);
    }

    private static Long remember(Long count, String event, StepContext<String> at) {
        at.setClockTimer(at.clock() + Long.parseLong(event.substring(event.lastIndexOf(' ') + 1)));
        return count + 1;
    }

    private static final TimerStep<Long, String> PRINT = (count, at) -> {
        at.emit("fired for " + (at.clockTimer() - STAMP) + " at " + (at.clock() - STAMP) + ", event time " + at.time()
                + ", " + count);
        return count;
    };

    @Test
    void a_timer_of_the_clock_fires_with_the_first_tick_or_event_that_reaches_it() {
        Harness harness = new Harness(timers(TicksTest::remember, PRINT));
        harness.event("a 10 2").event("b 11 50");
        assertThat(harness.operators().wantsTick(STAMP + 1, false)).isFalse();
        assertThat(harness.operators().wantsTick(STAMP + 2, false)).isTrue();
        harness.event("c 30 100").tick(STAMP + 70, false).tick(STAMP + 200, false);
        assertThat(harness.outputs)
                .containsExactly(
                        "3 out a fired for 2 at 2, event time 25, 1",
                        "5 out b fired for 51 at 70, event time 25, 1",
                        "7 out c fired for 102 at 200, event time 25, 1");
    }

    @Test
    void what_is_due_in_event_time_comes_before_what_the_clock_has_done() {
        Harness harness = new Harness(timers(
                (count, event, at) -> {
                    at.setClockTimer(STAMP + 3);
                    at.setTimer(40);
                    return count;
                },
                (count, at) -> {
                    at.emit(at.clockTimer() == StepContext.NO_TIMER ? "event time" : "clock");
                    return count;
                }));
        harness.event("a 1").event("b 2").event("x 3").event("c 60");
        assertThat(harness.outputs.stream()
                        .map(output -> output.substring(output.indexOf("out")))
                        .toList())
                .containsExactly(
                        "out a event time",
                        "out b event time",
                        "out x event time",
                        "out c event time",
                        "out a clock",
                        "out b clock",
                        "out c clock",
                        "out x clock");
    }

    @Test
    void a_timer_of_the_clock_that_was_cleared_does_not_fire_and_one_of_event_time_stays() {
        Harness harness = new Harness(timers(
                (count, event, at) -> {
                    if (event.endsWith("clear")) {
                        at.clearClockTimer(STAMP + 20);
                    } else {
                        at.setClockTimer(STAMP + 20);
                        at.setTimer(STAMP + 20);
                    }
                    return count;
                },
                PRINT));
        harness.event("a 1").event("a 2 clear").tick(STAMP + 100, false);
        assertThat(harness.outputs).isEmpty();
        assertThat(harness.operators().wantsTick(STAMP + 200, false)).isFalse();
        assertThat(harness.operators().wantsTick(3 * STAMP, true)).isTrue();
    }

    @Test
    void a_timer_that_sets_another_for_the_past_is_refused() {
        Harness harness = new Harness(timers(TicksTest::remember, (count, at) -> {
            at.setClockTimer(at.clockTimer());
            return count;
        }));
        harness.event("a 10 2");
        assertThatThrownBy(() -> harness.tick(STAMP + 7, false))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("1000002")
                .hasMessageContaining("timers");
    }

    /** Each firing is a step of its own, so a task may be cut between any two of them. */
    @Test
    void a_timer_that_repeats_itself_fires_for_every_time_that_has_passed() {
        Harness harness = new Harness(timers(TicksTest::remember, (count, at) -> {
            at.emit(String.valueOf(at.clockTimer() - STAMP));
            at.setClockTimer(at.clockTimer() + 10);
            return count;
        }));
        harness.event("a 10 5").tick(STAMP + 30, false);
        assertThat(harness.outputs).containsExactly("2 out a 5", "3 out a 15", "4 out a 25");
    }

    /** Otherwise the two kinds could set each other for now, and no other event would ever come. */
    @Test
    void a_timer_of_one_kind_that_sets_one_of_the_other_for_now_is_refused() {
        Harness harness = new Harness(timers(TicksTest::remember, (count, at) -> {
            at.setTimer(at.watermark());
            return count;
        }));
        harness.event("a 10 2");
        assertThatThrownBy(() -> harness.tick(STAMP + 7, false)).isInstanceOf(StrandlineException.Invalid.class);
    }

    /** What a silent source passed on before the scaling still waits for event time to go on. */
    @Test
    void the_successor_of_a_silent_task_goes_on_with_the_clock_as_far_as_the_task_would_have() {
        Topology source = Pipeline.named("test", 1)
                .from("s/in", TextCodec.STRING)
                .eventTime(Harness::time, Duration.ZERO)
                .keyBy("by-text", TextCodec.STRING, text -> text)
                .window(Windows.tumbling(Duration.ofSeconds(10)))
                .count("counts")
                .map(window -> window.key())
                .to("s/out", TextCodec.STRING)
                .build()
                .topology()
                .stages()
                .get(0);
        OperatorStates ended = new OperatorStates(source, EventTime.START);
        Harness before = new Harness(source, ended, 0, 0);
        before.event("a 500");
        before.tick(1_002_000, true);
        OperatorStates states =
                new OperatorStates(source, EventTime.after(List.of(KeyRange.ALL), List.of(ended.time())));
        Objects.requireNonNull(states.shuffles()).succeed(List.of(Objects.requireNonNull(ended.shuffles())));
        Harness successor = new Harness(source, states, 0, 0);
        assertThat(successor.operators().wantsTick(1_020_000, true)).isTrue();
        successor.tick(1_020_000, true);
        assertThat(successor.operators().watermark()).isEqualTo(10_500);
    }
}
