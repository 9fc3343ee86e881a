package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A task whose run has used up the room for states does what is due, so that the state shrinks. */
class ShrinkingStateTest {

    private static final long MAX = 1 << 20;

    private final StateBudget budget = new StateBudget(MAX);

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private Harness harness(Function<KeyedEvents<String>, Events<String>> operator) {
        KeyedEvents<String> keyed = Pipeline.named("one", 1)
                .from("s/in", TextCodec.STRING)
                .eventTime(Harness::time, Duration.ZERO)
                .keyBy(Harness::key);
        Topology topology =
                operator.apply(keyed).to("s/out", TextCodec.STRING).build().topology();
        return new Harness(topology, new OperatorStates(topology, EventTime.START, budget), 0, 0);
    }

    /** Takes an event of another key that moves the watermark, and does what is due with no room left. */
    private void shrink(Harness harness, String last) {
        assertThat(harness.pieces()).isPositive();
        harness.take(last);
        budget.add(MAX + 1);
        while (harness.fire()) {}
        assertThatThrownBy(() -> harness.take("c 2000"))
                .as("no room for another key")
                .isInstanceOf(StrandlineException.Overloaded.class);
        harness.operators().undo();
    }

    @Test
    void a_window_that_is_over_is_passed_on_and_forgotten() {
        Harness harness = harness(keyed -> keyed.window(Windows.tumbling(millis(100)))
                .reduce("window", TextCodec.STRING, (one, other) -> one + "+" + other)
                .map(window -> window.key() + "=" + window.value()));
        harness.event("a 10").event("b 20").event("a 30");
        shrink(harness, "x 1000");
        assertThat(harness.outputs).containsExactly("4 out a a=a 10+a 30", "5 out b b=b 20");
        assertThat(harness.pieces()).as("the newest window").isOne();
    }

    @Test
    void a_value_that_may_change_stays_and_an_early_one_is_passed_on() {
        Harness harness = harness(keyed -> keyed.window(Windows.tumbling(millis(100)))
                .early(millis(30))
                .allowedLateness(millis(5_000))
                .reduce("window", TextCodec.STRING, (one, other) -> one + "+" + other)
                .map(window -> window.value() + (window.isEarly() ? " early" : "")));
        harness.event("a 10");
        shrink(harness, "x 1000");
        assertThat(harness.outputs).containsExactly("2 out a a 10 early", "3 out a a 10");
    }

    @Test
    void a_session_that_is_over_is_passed_on_and_forgotten() {
        Harness harness = harness(keyed -> keyed.window(Windows.session(millis(100)))
                .early(millis(30))
                .reduce("session", TextCodec.STRING, (one, other) -> one + "+" + other)
                .map(session -> session.value() + (session.isEarly() ? " early" : "")));
        harness.event("a 10").event("a 20");
        shrink(harness, "x 1000");
        assertThat(harness.outputs).containsExactly("3 out a a 10+a 20 early", "4 out a a 10+a 20");
        assertThat(harness.pieces()).isOne();
    }

    @Test
    void an_event_that_met_no_partner_is_passed_on_and_forgotten() {
        Harness harness = harness(keyed -> {
            var sides = keyed.branch(event -> event.endsWith("left"));
            return sides.matching()
                    .join(sides.others(), millis(10), millis(20))
                    .left("join", TextCodec.STRING, TextCodec.STRING, (left, right) -> left + " and " + right);
        });
        harness.event("a 10 left");
        shrink(harness, "x 1000");
        assertThat(harness.outputs).containsExactly("2 out a a 10 left and null");
        assertThat(harness.pieces()).isOne();
    }

    @Test
    void an_id_is_forgotten() {
        Harness harness = harness(keyed -> keyed.deduplicate("once", event -> event, millis(100)));
        harness.event("a 10").event("a 20");
        shrink(harness, "x 1000");
        assertThat(harness.pieces()).isOne();
    }

    @Test
    void a_state_expires() {
        Harness harness = harness(keyed ->
                keyed.timeToLive(millis(100)).aggregate("last", TextCodec.STRING, key -> "", (state, event) -> event));
        harness.event("a 10").event("b 20");
        shrink(harness, "x 1000");
        assertThat(harness.pieces()).isOne();
    }
}
