package io.strandline.processing.pipeline.impl.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.TaskPosition;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Questions to a task that ends meanwhile, or has too much. */
class TaskQueriesTest {

    private static final EventCodec<String> LAST = TextCodec.of("last", text -> text, text -> {
        if (text.equals("refused")) {
            throw new AssertionError(text);
        }
        return text;
    });

    private static final Pipeline PIPELINE = Pipeline.named("asked", 1)
            .from("bank/deposits", TextCodec.STRING)
            .keyByRoutingKey()
            .aggregate("last", LAST, key -> "", (before, event) -> event)
            .window(Windows.tumbling(Duration.ofMillis(10)))
            .reduce("windows", TextCodec.STRING, (one, other) -> other)
            .map(Object::toString)
            .to("bank/balances", TextCodec.STRING)
            .build();

    private final OperatorStates states = new OperatorStates(PIPELINE.topology(), EventTime.START);
    private final Deque<Runnable> turns = new ArrayDeque<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final TaskQueries queries =
            new TaskQueries(new TaskPlace(PIPELINE, 3, 7, 7), states, () -> 9, over::get, turns::add);

    private void runAll() {
        while (!turns.isEmpty()) {
            turns.remove().run();
        }
    }

    private void restore(String operator, long at, String value) {
        assertThat(states.store(operator).restore(new StateEntry(at, "key", StateEntry.NO_TIMES, value)))
                .isTrue();
    }

    @Test
    void a_page_comes_in_several_turns() {
        restore("last", 0, "1");
        Future<StatePage> page = queries.states("last", StateRange.all());
        assertThat(page.isComplete()).isFalse();
        runAll();
        assertThat(page.result().states()).containsExactly(new StateAnswer("key", "1", 3, 7, 9));
        assertThat(page.result().positions()).containsExactly(new TaskPosition(3, 7, 9));
        assertThat(page.result().next()).isNull();
    }

    /** Its state may be gone, or go on with another task. */
    @Test
    void a_page_of_a_task_that_ends_meanwhile_is_refused() {
        Future<StatePage> page = queries.states("last", StateRange.all());
        over.set(true);
        runAll();
        assertThat(page.cause())
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("partition 3");
    }

    /** The codec of an application throws: the page fails, and the task does not. */
    @Test
    void a_page_whose_state_cannot_be_read_fails() {
        restore("last", 0, "refused");
        Future<StatePage> page = queries.states("last", StateRange.all());
        runAll();
        assertThat(page.cause()).isInstanceOf(AssertionError.class).hasMessage("refused");
    }

    @Test
    void no_more_windows_than_the_bound_are_looked_at() {
        int bound = RunningPipeline.MAX_WINDOWS_LOOKED_AT;
        for (int i = 0; i < bound; i++) {
            restore("windows", 10L * i, "1");
        }
        assertThat(queries.windows("windows", "key").result().windows()).hasSize(bound);
        restore("windows", 10L * bound, "1");
        assertThatThrownBy(() -> queries.windows("windows", "key"))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("10001")
                .hasMessageContaining("10000");
    }
}
