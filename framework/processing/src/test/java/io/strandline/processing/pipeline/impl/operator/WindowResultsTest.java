package io.strandline.processing.pipeline.impl.operator;

import static io.strandline.processing.pipeline.impl.operator.Harness.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.WindowedEvents;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** When the results of windows are passed on. Event time is exact: the watermark is the highest time. */
class WindowResultsTest {

    private static final EventCodec<String> TEXT = TextCodec.STRING;

    private static Topology counts(Windows windows, UnaryOperator<WindowedEvents<String>> more) {
        return more.apply(Pipeline.named("test", 1)
                        .from("s/in", TEXT)
                        .eventTime(Harness::time, Duration.ZERO)
                        .keyBy(Harness::key)
                        .window(windows))
                .count("counts")
                .map((window, at) -> "[" + window.start() + "," + window.end() + ") " + window.value()
                        + (window.isEarly() ? " early" : "") + (window.isFinal() ? " final" : "") + " at " + at.time())
                .to("s/out", TEXT)
                .build()
                .topology();
    }

    private static Windows tumbling() {
        return Windows.tumbling(Duration.ofMillis(100));
    }

    @Test
    void an_open_window_passes_on_what_has_changed_by_time_and_key() {
        Topology topology = counts(tumbling(), windows -> windows.early(Duration.ofMillis(30)));
        assertThat(run(topology, "b 1", "a 2", "b 5", "a 31", "a 70", "a 89", "a 95", "a 100", "a 300"))
                .containsExactly(
                        "4 out a [0,100) 2 early at 29",
                        "5 out b [0,100) 2 early at 29",
                        "9 out a [0,100) 5 early at 89",
                        "11 out a [0,100) 5 final at 99",
                        "12 out b [0,100) 2 final at 99",
                        "14 out a [100,200) 1 early at 119",
                        "15 out a [100,200) 1 final at 199");
    }

    @Test
    void early_results_are_none_before_a_window_has_begun_and_none_when_it_is_over() {
        Topology topology = Pipeline.named("test", 1)
                .from("s/in", TEXT)
                .eventTime(Harness::time, Duration.ofMillis(200))
                .keyBy(Harness::key)
                .window(tumbling())
                .early(Duration.ofMillis(60))
                .count("counts")
                .map(window -> window.start() + (window.isEarly() ? " early " : " ") + window.value())
                .to("s/out", TEXT)
                .build()
                .topology();
        // The watermark is 100 less than the start of the window of 300 when its event comes.
        assertThat(run(topology, "a 300", "a 490", "a 510", "a 561", "a 599", "a 601"))
                .containsExactly("4 out a 300 early 1", "7 out a 300 1");
    }

    @Test
    void early_results_of_windows_with_an_offset_and_of_those_that_overlap() {
        assertThat(run(
                        counts(
                                tumbling().startingAt(Duration.ofMillis(7)),
                                windows -> windows.early(Duration.ofMillis(50))),
                        "a 10",
                        "a 56",
                        "a 57"))
                .containsExactly("3 out a [7,107) 3 early at 56");
        assertThat(run(
                        counts(
                                Windows.sliding(Duration.ofMillis(100), Duration.ofMillis(50)),
                                windows -> windows.early(Duration.ofMillis(25))),
                        "a 60",
                        "a 100"))
                .containsExactly(
                        "2 out a [0,100) 1 early at 74",
                        "3 out a [50,150) 2 early at 74",
                        "4 out a [0,100) 1 final at 99");
    }

    @Test
    void early_results_of_a_session_that_grows_and_of_two_that_become_one() {
        Topology topology =
                counts(Windows.session(Duration.ofMillis(40)), windows -> windows.early(Duration.ofMillis(10)));
        assertThat(run(topology, "a 5", "a 8", "a 10", "a 12", "b 45", "a 30", "b 200"))
                .containsExactly(
                        "3 out a [5,50) 3 early at 9",
                        "6 out a [5,52) 4 early at 19",
                        "9 out a [5,70) 5 early at 49",
                        "10 out b [45,85) 1 early at 49",
                        "11 out a [5,70) 5 final at 69",
                        "12 out b [45,85) 1 final at 84");
    }

    @Test
    void a_result_that_no_event_can_change_is_the_only_one() {
        Topology topology = counts(tumbling(), windows -> windows.allowedLateness(Duration.ofMillis(50))
                .finalOnly());
        assertThat(run(topology, "a 1", "b 120", "a 2", "b 149", "a 3", "b 150", "a 4", "b 400"))
                .containsExactly("6 out a [0,100) 3 final at 149", "9 out b [100,200) 3 final at 249");
        topology =
                counts(Windows.session(Duration.ofMillis(10)), windows -> windows.allowedLateness(Duration.ofMillis(50))
                        .finalOnly());
        assertThat(run(topology, "a 1", "b 59", "a 2", "b 61", "b 62", "b 400"))
                .containsExactly("5 out a [1,12) 2 final at 61", "7 out b [59,72) 3 final at 121");
    }

    @Test
    void early_results_come_until_the_final_one() {
        Topology topology = counts(tumbling(), windows -> windows.allowedLateness(Duration.ofMillis(50))
                .finalOnly()
                .early(Duration.ofMillis(80)));
        assertThat(run(topology, "a 1", "b 120", "a 2", "a 500"))
                .containsExactly(
                        "2 out a [0,100) 1 early at 79",
                        "5 out a [0,100) 2 final at 149",
                        "6 out b [100,200) 1 early at 159",
                        "7 out b [100,200) 1 final at 249");
    }

    @Test
    void early_results_of_an_earlier_version_are_left_out() throws Exception {
        Harness early = new Harness(counts(tumbling(), windows -> windows.early(Duration.ofMillis(30))));
        early.event("a 1");
        Topology without = counts(tumbling(), windows -> windows);
        Harness harness = early.cut().restore(without);
        harness.event("a 50").event("a 100");
        assertThat(harness.outputs).containsExactly("3 out a [0,100) 2 final at 99");
    }

    @Test
    void early_results_without_a_distance_are_refused() {
        assertThatThrownBy(() -> counts(tumbling(), windows -> windows.early(Duration.ZERO)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("PT0S");
    }
}
