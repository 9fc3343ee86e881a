package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RecordContext;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The time of each operator, by a clock that only functions of the pipeline move on. */
class OperatorTimesTest {

    private static final TextCodec<String> TEXT = (TextCodec<String>) TextCodec.STRING;

    private final AtomicLong clock = new AtomicLong();

    /** Passes an event on after so many nanoseconds. */
    private <E> E after(long nanos, E event) {
        clock.addAndGet(nanos);
        return event;
    }

    private Operators operators(Function<Events<String>, Pipeline.Builder> pipeline) {
        Topology topology = pipeline.apply(Pipeline.named("test", 1)
                        .from("s/in", TEXT)
                        .eventTime(event -> after(1_000, Harness.time(event)), Duration.ZERO))
                .build()
                .topology();
        PartitionDescription partition = new PartitionDescription(0, 0, KeyRange.ALL);
        OperatorStates states = new OperatorStates(topology, EventTime.START);
        return new Operators(
                topology,
                partition,
                states,
                new TaskRecordContext(partition, states, 0, false),
                new StepOutputs() {

                    @Override
                    public void emit(Operator.Target target, @Nullable String key, Headers headers, Object event) {
                        clock.addAndGet(5);
                    }

                    @Override
                    public void handle(Operator.Handle sink, @Nullable String key, RecordContext place, Object event) {
                        clock.addAndGet(5);
                    }
                },
                clock::get);
    }

    private static EventRecord<String> record(String event) {
        return new EventRecord<>(0, 0, 1_000_000, Harness.key(event), TEXT.typeOf(event), event);
    }

    private static void step(Operators operators, String event) {
        operators.event(record(event));
        operators.done();
    }

    private static void measured(Operators operators, String event) {
        operators.times().begin();
        step(operators, event);
        operators.times().end();
    }

    /** Label → nanoseconds, without those that took none. */
    private static Map<String, Long> times(Operators operators) {
        Map<String, Long> times = new TreeMap<>();
        List<Operator> all = operators.passed().operators();
        long[] nanos = operators.times().nanos();
        for (int i = 0; i < nanos.length; i++) {
            if (nanos[i] > 0) {
                times.merge(all.get(i).label(), nanos[i], Long::sum);
            }
        }
        return times;
    }

    @Test
    void an_operator_has_its_own_time_and_not_that_of_those_after_it() {
        Operators operators = operators(events -> events.map(event -> after(100, event))
                .filter(event -> after(7, event).length() > 1)
                .to("s/out", TEXT));
        measured(operators, "a 1");
        assertThat(times(operators)).isEqualTo(Map.of("from s/in", 1_000L, "map", 100L, "filter", 7L, "to s/out", 5L));
    }

    @Test
    void steps_that_are_not_measured_take_no_time_and_do_not_read_the_clock() {
        Operators operators =
                operators(events -> events.map(event -> after(100, event)).to("s/out", TEXT));
        step(operators, "a 1");
        assertThat(times(operators)).isEmpty();
        measured(operators, "a 2");
        step(operators, "a 3");
        assertThat(times(operators)).isEqualTo(Map.of("from s/in", 1_000L, "map", 100L, "to s/out", 5L));
    }

    @Test
    void each_branch_of_a_fork_has_its_own() {
        Operators operators = operators(events -> {
            events.map(event -> after(100, event)).to("s/one", TEXT);
            events.filter(event -> after(9, event).isEmpty()).to("s/none", TEXT);
            return events.flatMap(event -> after(50, List.of(event, event))).to("s/two", TEXT);
        });
        measured(operators, "a 1");
        assertThat(times(operators))
                .isEqualTo(Map.of(
                        "from s/in",
                        1_000L,
                        "map",
                        100L,
                        "to s/one",
                        5L,
                        "filter",
                        9L,
                        "flatMap",
                        50L,
                        "to s/two",
                        10L));
    }

    @Test
    void what_is_due_is_the_time_of_the_operator_that_has_waited() {
        Operators operators = operators(events -> events.keyBy(Harness::key)
                .window(Windows.tumbling(Duration.ofMillis(10)))
                .count("counts")
                .map(window -> after(30, window.toString()))
                .to("s/out", TEXT));
        step(operators, "a 1");
        step(operators, "a 25");
        assertThat(operators.isDue()).isTrue();
        operators.times().begin();
        clock.addAndGet(3);
        operators.fire(true);
        operators.done();
        operators.times().end();
        assertThat(times(operators)).isEqualTo(Map.of("from s/in", 3L, "map", 30L, "to s/out", 5L));
    }

    @Test
    void an_output_that_is_appended_is_the_time_of_its_sink() {
        Operators operators = operators(events -> events.to("s/out", TEXT));
        Operator.Sink sink = (Operator.Sink) operators.passed().operators().get(1);
        operators.times().begin();
        step(operators, "a 1");
        operators.times().appends(sink.target());
        clock.addAndGet(40);
        operators.times().appended();
        clock.addAndGet(2);
        operators.times().end();
        assertThat(times(operators)).isEqualTo(Map.of("from s/in", 1_002L, "to s/out", 45L));
    }

    /** The rest of the step is not that of an operator which never returned. */
    @Test
    void a_step_that_fails_is_the_time_of_the_operator_that_failed() {
        Operators operators = operators(events -> events.map(event -> {
                    after(100, event);
                    if (event.startsWith("bad")) {
                        throw new IllegalStateException("bad");
                    }
                    return event;
                })
                .to("s/out", TEXT));
        operators.times().begin();
        assertThatThrownBy(() -> operators.event(record("bad 1"))).hasMessage("bad");
        operators.undo();
        operators.times().end();
        assertThat(times(operators)).isEqualTo(Map.of("from s/in", 1_000L, "map", 100L));
        measured(operators, "a 2");
        assertThat(times(operators)).isEqualTo(Map.of("from s/in", 2_000L, "map", 200L, "to s/out", 5L));
    }
}
