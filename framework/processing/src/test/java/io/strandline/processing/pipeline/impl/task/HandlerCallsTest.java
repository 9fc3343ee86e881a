package io.strandline.processing.pipeline.impl.task;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Headers;
import io.strandline.processing.pipeline.HandlerOutput;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The calls of handlers of one task, turn by turn. */
class HandlerCallsTest {

    private static final Pipeline PIPELINE = Pipeline.named("posts", 1)
            .from("bank/deposits", TextCodec.STRING)
            .handle("post", output -> Future.succeededFuture())
            .build();

    private final Vertx vertx = Vertx.vertx();
    private final Deque<Runnable> turns = new ArrayDeque<>();
    /** What the task was told. */
    private final List<String> told = new ArrayList<>();
    /** Outputs with which a handler was called. */
    private final List<String> called = new ArrayList<>();

    private final HandlerCalls calls = new HandlerCalls(
            vertx, PIPELINE, new PipelineOptions().setMaxAttempts(1).setMaxHandlerCalls(2), 3, new Told());

    private long step;

    private final class Told implements HandlerCalls.Task {

        @Override
        public void laterTurn(Runnable turn) {
            turns.add(turn);
        }

        @Override
        public void goOn() {
            told.add("go on");
        }

        @Override
        public void blocked(Place at, Throwable cause) {
            told.add("blocked at " + at.step() + " " + at.offset() + " " + at.key());
        }

        @Override
        public void fail(Throwable cause) {
            told.add("fail");
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

    /** The next output, for which the handler gives this answer. */
    private void add(@Nullable String key, Future<Void> answer) {
        long at = step++;
        Operator.Handle sink = new Operator.Handle(
                PIPELINE.topology().operators().get(0),
                "post",
                output -> {
                    called.add(output.key() + " " + at);
                    return answer;
                },
                null);
        calls.add(
                sink,
                new HandlerOutput<>(
                        "event", key, Headers.NONE, 0, new HandlerOutput.Position("posts", 3, at + 10, at, 0)));
    }

    private static Future<Void> done() {
        return Future.succeededFuture();
    }

    @Test
    void handlers_are_called_in_a_later_turn() {
        add("a", done());
        add("a", done());
        add("b", done());
        assertThat(called).isEmpty();
        assertThat(turns).hasSize(1);
        runTurns();
        assertThat(called).containsExactly("a 0", "b 2", "a 1");
        assertThat(calls.handled()).isEqualTo(3);
        assertThat(calls.flush().succeeded()).isTrue();
    }

    @Test
    void outputs_without_key_are_one_lane() {
        Promise<Void> first = Promise.promise();
        add(null, first.future());
        add(null, done());
        runTurns();
        assertThat(called).containsExactly("null 0");
        first.complete();
        runTurns();
        assertThat(called).containsExactly("null 0", "null 1");
    }

    @Test
    void no_more_calls_are_in_flight_than_allowed_and_the_task_is_told_of_room() {
        Promise<Void> first = Promise.promise();
        add("a", first.future());
        add("b", Promise.<Void>promise().future());
        add("c", done());
        runTurns();
        assertThat(called).containsExactly("a 0", "b 1");
        assertThat(calls.isFull()).isTrue();
        assertThat(told).isEmpty();
        first.complete();
        runTurns();
        assertThat(called).containsExactly("a 0", "b 1", "c 2");
        assertThat(told).containsExactly("go on");
        assertThat(calls.isFull()).isFalse();
    }

    @Test
    void a_failure_names_its_output_and_others_wait_until_the_task_goes_on() {
        add("a", Future.failedFuture("no"));
        runTurns();
        add("b", done());
        runTurns();
        assertThat(told).containsExactly("blocked at 0 10 a");
        assertThat(called).containsExactly("a 0");
        assertThat(calls.flush().cause()).isInstanceOf(Unhandled.class).hasMessageContaining("no");
        assertThat(calls.idle().succeeded()).isTrue();
        calls.resume();
        assertThat(called).containsExactly("a 0", "a 0");
        assertThat(told).hasSize(2);
    }

    @Test
    void who_waits_for_rest_hears_of_the_end() {
        add("a", done()); // is called in a later turn, or after a pause, and no turn comes after the end
        Future<Void> idle = calls.idle();
        assertThat(idle.isComplete()).isFalse();
        assertThat(calls.end(new IllegalStateException("closed")).succeeded()).isTrue();
        assertThat(idle.succeeded()).isTrue();
    }

    @Test
    void nothing_is_handed_over_after_the_end_and_what_fails_then_is_not_told() {
        Promise<Void> first = Promise.promise();
        add("a", first.future());
        add("a", done());
        runTurns();
        Future<Void> flushed = calls.flush();
        add("b", done());
        Future<Void> ended = calls.end(new IllegalStateException("closed"));
        assertThat(flushed.cause()).isInstanceOf(Unhandled.class);
        runTurns();
        assertThat(ended.isComplete()).isFalse();
        first.fail("no");
        runTurns();
        assertThat(ended.succeeded()).isTrue();
        assertThat(called).containsExactly("a 0");
        assertThat(told).isEmpty();
    }
}
