package io.strandline.processing.pipeline.impl.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotChain;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import io.strandline.processing.pipeline.impl.state.StateStore;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Cuts of a task between its steps. */
class TaskCutsTest {

    private static final Pipeline PIPELINE = Pipeline.named("last", 1)
            .from("bank/deposits", TextCodec.STRING)
            .keyByRoutingKey()
            .aggregate("last", TextCodec.STRING, key -> "", (before, event) -> event)
            .build();

    private static final long MAX = 1_000_000;

    private final StateBudget budget = new StateBudget(MAX);
    private final OperatorStates states = new OperatorStates(PIPELINE.topology(), EventTime.START, budget);
    private final TaskStart start =
            new TaskStart(new PartitionDescription(3, 0, KeyRange.ALL), 7, 9, states, new SnapshotChain(), null);
    private final TaskPlace place = new TaskPlace(PIPELINE, 3, 7, 9);
    private final TaskLife life = new TaskLife(PIPELINE);
    private final Deque<Runnable> turns = new ArrayDeque<>();
    private final List<Throwable> refused = new ArrayList<>();
    private final TaskCuts cuts =
            new TaskCuts(start, place, new TaskOutputs(refused::add), life, turns::add, refused::add);

    /** Each takes a step. */
    private void change(int keys, String to) {
        KeyedStore store = (KeyedStore) states.store("last");
        for (int i = 0; i < keys; i++) {
            states.begin();
            store.put("key-" + i, to, StateEntry.NO_TIMES, 0);
            place.eventDone();
            place.stepDone();
        }
    }

    private static TaskCut now(Future<TaskCut> cut) {
        assertThat(cut.succeeded()).isTrue();
        return cut.result();
    }

    @Test
    void a_cut_is_where_the_task_is() {
        change(2, "one");
        place.stepDone();
        TaskCut cut = now(cuts.take());
        assertThat(cut.partition()).isEqualTo(3);
        assertThat(cut.offset()).isEqualTo(9);
        assertThat(cut.step()).isEqualTo(12);
        assertThat(cut.ended()).isFalse();
        assertThat(cut.states().changedKeys()).isEqualTo(2);
    }

    @Test
    void the_cut_of_a_task_that_has_ended_says_so() {
        life.begin();
        life.comeToEnd();
        assertThat(now(cuts.take()).ended()).isFalse();
        cuts.release();
        life.end();
        assertThat(now(cuts.take()).ended()).isTrue();
    }

    @Test
    void steps_count_from_the_newest_cut() {
        assertThat(cuts.stepsSince()).isZero();
        change(3, "one");
        assertThat(cuts.stepsSince()).isEqualTo(3);
        now(cuts.take());
        assertThat(cuts.stepsSince()).isZero();
        change(1, "two");
        assertThat(cuts.stepsSince()).isOne();
    }

    /** Thousands of keys are moved a thousand in a turn, and the next cut waits for it and has what came meanwhile. */
    @Test
    void the_next_cut_waits_until_the_one_before_is_settled() {
        change(2_500, "one");
        TaskCut first = now(cuts.take());
        first.states().stores().forEach(store -> store.encode(new long[StateStore.GROUPS]));
        first.states().written();
        cuts.release();
        Future<TaskCut> next = cuts.take();
        assertThat(next.isComplete()).isFalse();
        change(1, "two");
        while (!turns.isEmpty()) {
            turns.remove().run();
        }
        assertThat(now(next).states().changedKeys()).isOne();
        assertThat(now(next).step()).isEqualTo(9 + 2_501);
    }

    @Test
    void a_task_that_has_failed_is_not_cut() {
        Throwable cause = new IllegalStateException("no");
        life.fail(cause);
        assertThat(cuts.take().cause()).isSameAs(cause);
        assertThat(states.capture().changedKeys()).as("nothing is captured yet").isZero();
    }

    /** Otherwise the next cut would wait for ever, and the task go on without a checkpoint. */
    @Test
    void what_fails_the_settling_of_a_cut_fails_the_task() {
        budget.add(MAX * 6 / 10);
        change(2_000, "one");
        TaskCut cut = now(cuts.take());
        cut.states().stores().forEach(store -> store.encode(new long[StateStore.GROUPS]));
        cut.states().written();
        IllegalStateException cause = new IllegalStateException("no");
        budget.whenRoom(() -> {
            throw cause;
        });
        cuts.release();
        while (!turns.isEmpty()) {
            turns.remove().run();
        }
        assertThat(refused).containsExactly(cause);
    }
}
