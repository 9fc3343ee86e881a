package io.strandline.processing.pipeline.impl.task;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.processing.pipeline.HandlerOutput;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotChain;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.operator.HandledOutputs;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.KeyGroups;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
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
    private final Vertx vertx = Vertx.vertx();
    private final HandlerCalls calls =
            new HandlerCalls(vertx, PIPELINE, new PipelineOptions().setMaxAttempts(1), 3, new Calling());
    private final List<Throwable> blocked = new ArrayList<>();
    private final TaskCuts cuts = new TaskCuts(
            start,
            place,
            new TaskOutputs(refused::add, new HandledOutputs("last", 3), calls),
            life,
            turns::add,
            refused::add);

    private final class Calling implements HandlerCalls.Task {

        @Override
        public void laterTurn(Runnable turn) {
            turns.add(turn);
        }

        @Override
        public void goOn() {}

        @Override
        public void blocked(Place at, Throwable cause) {
            blocked.add(cause);
        }

        @Override
        public void fail(Throwable cause) {
            refused.add(cause);
        }
    }

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private void runTurns() {
        while (!turns.isEmpty()) {
            turns.remove().run();
        }
    }

    /** Gives an output of the step before to a handler, which gives these answers. */
    private void handOver(List<Future<Void>> answers) {
        Deque<Future<Void>> left = new ArrayDeque<>(answers);
        Operator.Handle sink =
                new Operator.Handle(PIPELINE.topology().operators().get(0), "h", output -> left.remove(), null);
        HandlerOutput.Position position =
                new HandlerOutput.Position("last", 3, place.offset() - 1, place.step() - 1, 0);
        calls.add(sink, new HandlerOutput<>("event", "key", Headers.NONE, 0, position));
        runTurns();
    }

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
        first.states().stores().forEach(store -> store.encode(KeyGroups.ALL, new long[KeyGroups.COUNT]));
        first.states().written();
        cuts.release();
        Future<TaskCut> next = cuts.take();
        assertThat(next.isComplete()).isFalse();
        change(1, "two");
        runTurns();
        assertThat(now(next).states().changedKeys()).isOne();
        assertThat(now(next).step()).isEqualTo(9 + 2_501);
    }

    @Test
    void a_cut_waits_for_the_handlers_of_the_steps_before_it() {
        Promise<Void> before = Promise.promise();
        change(1, "one");
        handOver(List.of(before.future()));
        Future<TaskCut> cut = cuts.take();
        change(1, "two");
        handOver(List.of(Promise.<Void>promise().future()));
        assertThat(cut.isComplete()).isFalse();
        before.complete();
        runTurns();
        assertThat(now(cut).step()).isEqualTo(10);
    }

    /** What it has captured counts as changed again. */
    @Test
    void a_cut_whose_outputs_a_handler_refuses_fails_and_the_next_one_has_everything() {
        change(2, "one");
        Promise<Void> before = Promise.promise();
        handOver(List.of(before.future(), Future.succeededFuture()));
        Future<TaskCut> cut = cuts.take();
        before.fail("no room outside");
        runTurns();
        assertThat(cut.cause()).isInstanceOf(Unhandled.class).hasMessageContaining("no room outside");
        assertThat(blocked).containsExactly(cut.cause().getCause());
        assertThat(cuts.take().cause()).isInstanceOf(Unhandled.class);
        assertThat(refused).isEmpty();

        calls.resume();
        TaskCut next = now(cuts.take());
        assertThat(next.states().changedKeys()).isEqualTo(2);
        assertThat(calls.handled()).isOne();
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
        cut.states().stores().forEach(store -> store.encode(KeyGroups.ALL, new long[KeyGroups.COUNT]));
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
