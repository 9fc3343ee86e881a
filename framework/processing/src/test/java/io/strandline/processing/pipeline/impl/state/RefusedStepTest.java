package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A step that finds no room for more state leaves no trace, whichever change it was about to make. Changes after which the state is no
 * larger are refused in an audit alone.
 */
class RefusedStepTest {

    private static final long MAX = 1_000;

    private StateBudget budget = StateBudget.ofAudit(new PipelineOptions().setMaxAuditStateBytes(MAX));

    /** What another task needs. */
    private void fill() {
        budget.add(MAX + 1);
    }

    private void empty() {
        budget.add(-MAX - 1);
    }

    private static WindowStore windows(OperatorStates states) {
        return (WindowStore) states.store("window");
    }

    private static KeyedEvents<String> keyed() {
        return Pipeline.named("one", 1).from("s/in", TextCodec.STRING).keyByRoutingKey();
    }

    private OperatorStates windowed() {
        Topology topology = keyed().window(Windows.tumbling(Duration.ofMillis(100)))
                .aggregate("window", TextCodec.STRING, key -> "", (state, event) -> state)
                .map(windowed -> windowed.value())
                .to("s/out", TextCodec.STRING)
                .build()
                .topology();
        return new OperatorStates(topology, EventTime.START, budget);
    }

    private void refused(OperatorStates states, Runnable change) {
        fill();
        states.begin();
        assertThatThrownBy(change::run).isInstanceOf(StrandlineException.Overloaded.class);
        states.undo();
        empty();
    }

    @Test
    void a_window_is_neither_opened_nor_closed() {
        OperatorStates states = windowed();
        WindowStore store = windows(states);
        refused(states, () -> store.open(100));
        assertThat(store.firstOpen()).isNull();
        states.begin();
        store.open(100);
        refused(states, () -> store.fired(100));
        assertThat(store.firstOpen()).isEqualTo(100);
    }

    @Test
    void an_early_value_is_neither_awaited_nor_taken() {
        OperatorStates states = windowed();
        WindowStore store = windows(states);
        WindowStore.Early value = new WindowStore.Early(150, "key", 100);
        refused(states, () -> store.addEarly(value));
        assertThat(store.early()).isEmpty();
        states.begin();
        store.addEarly(value);
        refused(states, store::pollEarly);
        assertThat(store.early()).containsExactly(value);
    }

    @Test
    void what_is_due_stays_due() {
        Topology topology = keyed().deduplicate("once", event -> event, Duration.ofMillis(20))
                .to("s/out", TextCodec.STRING)
                .build()
                .topology();
        OperatorStates states = new OperatorStates(topology, EventTime.START, budget);
        TimedStore store = (TimedStore) states.store("once");
        states.begin();
        store.add("key", 100, "id");
        refused(states, store::poll);
        assertThat(store.dues().nextTime()).isEqualTo(121);
        refused(states, () -> store.add("key", 200, "id"));
        assertThat(store.timeOf("key", "id")).isEqualTo(100);
        assertThat(store.size("key")).isOne();
        refused(states, () -> store.remove("key", 100, item -> true));
        assertThat(store.size("key")).isOne();
    }

    @Test
    void a_state_is_refused_if_it_is_new_or_another_or_has_more_timers() {
        budget = new StateBudget(MAX);
        OperatorStates states = new OperatorStates(OneOperator.topology(TextCodec.STRING, ""), EventTime.START, budget);
        KeyedStore store = (KeyedStore) states.store("state");
        refused(states, () -> store.put("key", "one", StateEntry.NO_TIMES, 0));
        states.begin();
        store.put("key", "one", new long[] {7}, 0);
        refused(states, () -> store.put("key", "other", new long[] {7}, 0));
        refused(states, () -> store.put("key", "one", new long[] {7, 8}, 0));
        refused(states, () -> store.put("key", null, new long[] {7, 8}, 0));
        fill();
        store.put("key", "one", StateEntry.NO_TIMES, 0);
        store.put("key", null, StateEntry.NO_TIMES, 0);
        assertThat(store.get("key")).isNull();
    }
}
