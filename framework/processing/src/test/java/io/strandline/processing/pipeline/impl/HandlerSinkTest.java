package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.HandlerOutput;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.Ledger.Keyed;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Outputs that go to a handler of the application. */
class HandlerSinkTest extends OnPipelineFixture {

    private final Outside outside = new Outside();
    private MemoryStrandline process = new MemoryStrandline(Vertx.vertx(), log);

    @BeforeEach
    void createStreams() {
        process = fixture.open();
        Ledger.createStreams(log, 2);
    }

    private PipelineOptions options() {
        return fixture.options().setMaxAttempts(3).setRetryBackOffMillis(1);
    }

    private RunningPipeline deploy(Function<HandlerOutput<Keyed>, Future<Void>> handler) {
        return deploy(handler, options());
    }

    private RunningPipeline deploy(Function<HandlerOutput<Keyed>, Future<Void>> handler, PipelineOptions options) {
        return deploy(process, Outside.pipeline(handler), options);
    }

    private RunningPipeline deploy(MemoryStrandline in, Pipeline pipeline, PipelineOptions options) {
        return await(fixture.deploy(in, pipeline, options));
    }

    /** A handler whose calls stay in flight until the test ends them. */
    private static final class Held implements Function<HandlerOutput<Keyed>, Future<Void>> {

        final Queue<HandlerOutput<Keyed>> came = new ConcurrentLinkedQueue<>();
        final Map<String, Promise<Void>> inFlight = new ConcurrentHashMap<>();
        private volatile boolean holds = true;

        @Override
        public Future<Void> apply(HandlerOutput<Keyed> output) {
            came.add(output);
            if (!holds) {
                return Future.succeededFuture();
            }
            Promise<Void> promise = Promise.promise();
            assertThat(inFlight.put(output.position().id(), promise)).isNull();
            return promise.future();
        }

        void end(HandlerOutput<Keyed> output) {
            inFlight.remove(output.position().id()).complete();
        }

        /** Ends all calls, and those to come. */
        void endAll() {
            holds = false;
            inFlight.values().forEach(Promise::tryComplete);
        }
    }

    /** A handler that answers when the test says so, until it answers at once. */
    private static final class Late implements Function<HandlerOutput<Keyed>, Future<Void>> {

        final Queue<Promise<Void>> answers = new ConcurrentLinkedQueue<>();
        volatile boolean isAtOnce;

        @Override
        public Future<Void> apply(HandlerOutput<Keyed> output) {
            Promise<Void> answer = Promise.promise();
            answers.add(answer);
            return isAtOnce ? Future.succeededFuture() : answer.future();
        }
    }

    private static long outputsOf(RunningPipeline running) {
        return await(running.describe()).tasks().stream()
                .mapToLong(task -> task.outputs())
                .sum();
    }

    private void awaitCalls(Held held, int count) {
        awaitTrue(process, count + " calls", () -> held.came.size() >= count);
    }

    // ---- what is handed over

    @Test
    void each_output_comes_with_key_time_and_position() {
        fixture.deposit();
        Queue<HandlerOutput<Keyed>> came = new ConcurrentLinkedQueue<>();
        RunningPipeline running = deploy(output -> {
            came.add(output);
            return outside.take(output);
        });
        await(running.awaitEnd());
        outside.assertExact(log);
        assertThat(came).allSatisfy(output -> {
            assertThat(output.position().stage()).isEqualTo("ledger");
            MemoryLog.Stored event = log.events(Ledger.SOURCE, output.position().partition())
                    .get((int) output.position().offset());
            assertThat(output.position().step()).isEqualTo(output.position().offset());
            assertThat(output.key()).endsWith(String.valueOf(event.key()));
        });
        assertThat(came).anyMatch(output -> output.position().number() == 1);
        assertThat(outputsOf(running)).isEqualTo(came.size());
        await(running.close());
        assertThat(outside.written()).hasSize(came.size());
    }

    @Test
    void is_called_on_the_context_of_its_task() {
        fixture.deposit();
        Map<Long, Set<Context>> contexts = new ConcurrentHashMap<>();
        Pipeline pipeline = Outside.pipeline(output -> {
            contexts.computeIfAbsent(output.position().partition(), first -> ConcurrentHashMap.newKeySet())
                    .add(Vertx.currentContext());
            Promise<Void> elsewhere = Promise.promise();
            process.vertx.<Void>executeBlocking(() -> null).onComplete(elsewhere);
            return elsewhere.future();
        });
        RunningPipeline running = deploy(process, pipeline, options());
        await(running.awaitEnd());
        assertThat(contexts)
                .hasSize(2)
                .allSatisfy((partition, of) -> assertThat(of).hasSize(1).doesNotContainNull());
    }

    /** Outputs that the restored checkpoint covers do not come again, and those after it do. */
    @Test
    void outputs_after_the_checkpoint_come_again_after_a_crash() {
        fixture.deposit();
        MemoryStrandline first = fixture.open();
        outside.begin();
        RunningPipeline running = deploy(first, Outside.pipeline(outside::take), options());
        await(running.awaitEnd());
        int covered = outside.size();
        fixture.deposit();
        awaitTrue(first, "all outputs", () -> outside.outputs().equals(Ledger.expectedOutputs(log)));
        fixture.crash(first);
        int before = outside.size();

        outside.begin();
        RunningPipeline again = deploy(outside::take);
        await(again.awaitEnd());
        assertThat(outside.writtenIn(2)).hasSize(before - covered);
        outside.assertExact(log);
        await(again.close());
        assertThat(outside.size()).isEqualTo(before + before - covered);
    }

    /** After a shuffle the position is that in the internal stream. */
    @Test
    void outputs_after_a_shuffle_have_positions_of_their_own() {
        fixture.deposit();
        Pipeline pipeline = Pipeline.named("buckets", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .keyBy("by-bucket", TextCodec.STRING, Buckets::bucket)
                .aggregate("all", TextCodec.STRING, bucket -> "", (before, deposit) -> before + "+")
                .handle(Outside.HANDLER, output -> {
                    outside.write(output, output.event());
                    return Future.succeededFuture();
                })
                .build();
        RunningPipeline running = deploy(process, pipeline, options());
        await(running.awaitEnd());
        await(running.close());
        assertThat(outside.written()).hasSize(60).allSatisfy(each -> {
            assertThat(each.position().stage()).isEqualTo("buckets--by-bucket");
            assertThat(each.key()).startsWith("bucket-");
        });
        assertThat(outside.written()).extracting(each -> each.position().id()).doesNotHaveDuplicates();
        outside.assertOrdered();
    }

    // ---- order and back-pressure

    @Test
    void outputs_of_a_key_wait_for_the_one_before_and_others_do_not() {
        Ledger.append(log, Ledger.SOURCE, "one", List.of("account-1 1", "account-1 2", "account-2 3", "account-3 4"));
        Held held = new Held();
        RunningPipeline running = deploy(held);
        awaitCalls(held, 3);
        awaitTrue(process, "all steps", () -> await(running.lag()) == 0);
        await(running.describe()); // after the turn that makes calls
        assertThat(held.came)
                .extracting(HandlerOutput::key)
                .containsExactlyInAnyOrder("account-1", "account-2", "account-3");
        held.end(held.came.stream()
                .filter(output -> "account-1".equals(output.key()))
                .findFirst()
                .orElseThrow());
        awaitCalls(held, 4);
        assertThat(held.came)
                .last()
                .satisfies(output -> assertThat(output.event().text()).startsWith("account-1 2 "));
        held.endAll();
        await(running.close());
    }

    @Test
    void a_task_waits_while_as_many_outputs_as_allowed_are_not_handled() {
        List<String> deposits = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            deposits.add("account-" + i + " " + i);
        }
        Ledger.append(log, Ledger.SOURCE, "many", deposits);
        Held held = new Held();
        RunningPipeline running = deploy(held, options().setMaxHandlerCalls(3));
        awaitTrue(process, "both tasks wait", () -> await(running.describe()).tasks().stream()
                .allMatch(task -> task.hold() == Hold.OUTPUTS));
        assertThat(held.came).hasSize(6);
        assertThat(await(running.position()).offsets().values()).containsExactly(3L, 3L);
        held.end(held.came.element());
        awaitCalls(held, 7);
        assertThat(held.inFlight).hasSize(6);
        held.endAll();
        await(running.awaitEnd());
        assertThat(held.came).hasSize(40);
        await(running.close());
    }

    @Test
    void all_outputs_of_a_task_come_in_order_one_at_a_time() {
        fixture.deposit();
        Map<Long, Integer> most = new ConcurrentHashMap<>();
        Map<Long, AtomicInteger> now = new ConcurrentHashMap<>();
        Pipeline pipeline = Outside.pipeline(output -> {
            AtomicInteger ofTask = now.computeIfAbsent(output.position().partition(), none -> new AtomicInteger());
            most.merge(output.position().partition(), ofTask.incrementAndGet(), Math::max);
            Promise<Void> later = Promise.promise();
            process.vertx.runOnContext(turn -> {
                ofTask.decrementAndGet();
                outside.write(output);
                later.complete();
            });
            return later.future();
        });
        RunningPipeline running = deploy(process, pipeline, options().setMaxHandlerCalls(1));
        await(running.awaitEnd());
        assertThat(most.values()).containsOnly(1);
        outside.assertExact(log);
        log.partitions(Ledger.SOURCE).forEach(partition -> assertThat(outside.written().stream()
                        .filter(each -> each.position().partition() == partition)
                        .map(each ->
                                each.position().step() * 10 + each.position().number()))
                .isSorted());
    }

    // ---- checkpoints, pauses and the end

    @Test
    void a_checkpoint_waits_for_the_outputs_before_it_and_not_for_those_after_it() {
        Ledger.append(log, Ledger.SOURCE, "one", List.of("account-1 1"));
        Held held = new Held();
        RunningPipeline running = deploy(held);
        awaitCalls(held, 1);
        Future<?> checkpoint = running.checkpoint();
        Ledger.append(log, Ledger.SOURCE, "two", List.of("account-2 2"));
        awaitCalls(held, 2);
        assertThat(checkpoint.isComplete()).isFalse();
        assertThat(running.statistics().taken()).isZero();
        held.end(held.came.element());
        await(checkpoint);
        assertThat(held.inFlight).hasSize(1);
        held.endAll();
        await(running.close());
    }

    @Test
    void a_pause_and_a_close_wait_for_the_outputs_of_steps_that_are_done() {
        Ledger.append(log, Ledger.SOURCE, "one", List.of("account-1 1", "account-1 2"));
        Held held = new Held();
        RunningPipeline running = deploy(held);
        awaitTrue(process, "both events", () -> await(running.lag()) == 0);
        awaitCalls(held, 1);
        Future<Void> paused = running.pause();
        Future<Void> closed = running.close();
        held.end(held.came.element());
        awaitCalls(held, 2);
        assertThat(paused.isComplete()).isFalse();
        assertThat(closed.isComplete()).isFalse();
        held.endAll();
        await(paused);
        await(closed);
        assertThat(held.came).hasSize(2);

        Held again = new Held();
        RunningPipeline next = deploy(again);
        await(next.awaitEnd());
        assertThat(again.came).isEmpty();
    }

    // ---- failures

    private enum Way {
        THROWS,
        FAILS,
        NULL,
        NEVER
    }

    @SuppressWarnings("NullAway") // what no handler may do
    private static Future<Void> fail(Way way) {
        return switch (way) {
            case THROWS -> throw new IllegalStateException("out of order");
            case FAILS -> Future.failedFuture("out of order");
            case NULL -> null;
            case NEVER -> Promise.<Void>promise().future();
        };
    }

    private static boolean isWanted(HandlerOutput<Keyed> output) {
        return output.event().text().startsWith("account-7 1 ");
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void an_output_with_which_the_handler_fails_is_handed_over_again_before_others_of_its_key(Way way) {
        fixture.deposit();
        AtomicInteger attempts = new AtomicInteger();
        RunningPipeline running = deploy(
                output -> isWanted(output) && attempts.incrementAndGet() < 3 ? fail(way) : outside.take(output),
                options().setHandlerTimeoutMillis(way == Way.NEVER ? 20 : 60_000));
        await(running.awaitEnd());
        assertThat(attempts).hasValue(3);
        outside.assertExact(log);
        assertThat(outside.written()).doesNotHaveDuplicates();
        await(running.close());
    }

    @ParameterizedTest
    @EnumSource(
            value = FailurePolicy.class,
            names = {"PAUSE", "SKIP", "PARK"})
    void a_handler_that_fails_too_often_pauses_the_pipeline_until_it_is_resumed(FailurePolicy policy) {
        fixture.deposit();
        AtomicBoolean fails = new AtomicBoolean(true);
        AtomicInteger attempts = new AtomicInteger();
        RunningPipeline running = deploy(
                output -> {
                    if (isWanted(output)) {
                        attempts.incrementAndGet();
                    }
                    return fails.get() && isWanted(output) ? fail(Way.FAILS) : outside.take(output);
                },
                options().setFailurePolicy(policy));
        awaitTrue(process, "a pause", () -> running.status().state() == State.FAILED);
        assertThat(attempts).hasValue(3);
        assertThat(running.status().cause())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll(
                        "handler outside of pipeline ledger v1 failed for output ledger/", "account-7", "out of order");
        assertThat(running.status().place())
                .satisfies(place -> assertThat(place.key()).isEqualTo("account-7"));
        assertThatThrownBy(() -> await(running.checkpoint()))
                .isSameAs(running.status().cause());
        assertThatThrownBy(() -> await(running.awaitEnd()))
                .isSameAs(running.status().cause());
        await(running.pause());
        assertThat(running.ended().isComplete()).isFalse();

        await(running.resume());
        awaitTrue(
                process,
                "another pause",
                () -> attempts.get() == 6 && running.status().state() == State.FAILED);
        fails.set(false);
        await(running.resume());
        await(running.awaitEnd());
        outside.assertExact(log);
        assertThat(outside.written()).doesNotHaveDuplicates();
        await(running.checkpoint("whole"));
        await(running.close());
    }

    @Test
    void the_policy_may_be_to_stop() {
        fixture.deposit();
        RunningPipeline running = deploy(
                output -> isWanted(output) ? fail(Way.FAILS) : outside.take(output),
                options().setFailurePolicy(FailurePolicy.FAIL));
        assertThatThrownBy(() -> await(running.ended())).hasMessageContaining("out of order");
        assertThat(running.status().state()).isEqualTo(State.STOPPED);
        outside.begin();
        RunningPipeline again = deploy(outside::take);
        await(again.awaitEnd());
        outside.assertExact(log);
    }

    @Test
    void a_pipeline_whose_handler_has_failed_closes_with_the_cause_and_the_next_run_hands_over_again() {
        fixture.deposit();
        RunningPipeline running = deploy(output -> isWanted(output) ? fail(Way.FAILS) : outside.take(output));
        awaitTrue(process, "a pause", () -> running.status().state() == State.FAILED);
        assertThatThrownBy(() -> await(running.close())).hasMessageContaining("out of order");
        outside.begin();
        RunningPipeline again = deploy(outside::take);
        await(again.awaitEnd());
        outside.assertExact(log);
    }

    /** The handler fails for the first time when the pipeline is being closed. */
    @Test
    void a_close_ends_although_the_handler_fails_meanwhile() {
        Ledger.append(log, Ledger.SOURCE, "one", List.of("account-1 1"));
        Promise<Void> answer = Promise.promise();
        AtomicInteger calls = new AtomicInteger();
        RunningPipeline running = deploy(output -> {
            calls.incrementAndGet();
            return answer.future();
        });
        awaitTrue(process, "a call", () -> calls.get() == 1);
        Future<Void> closed = running.close();
        answer.fail("no room outside");
        assertThatThrownBy(() -> await(closed)).hasMessageContaining("no room outside");
        assertThat(calls).hasValue(3);
    }

    @Test
    void a_pipeline_that_stops_waits_for_the_calls_that_it_has_made_and_makes_no_more() {
        log.createStream("bank/one", new StreamOptions().setPartitions(1));
        Ledger.append(log, "bank/one", "w", List.of("account-1 1", "account-1 2", "account-2 3"));
        Held held = new Held();
        Pipeline pipeline = Pipeline.named("ledger", 1)
                .from("bank/one", TextCodec.STRING)
                .map(text -> new Keyed(Ledger.account(text), text))
                .handle(
                        Outside.HANDLER,
                        output -> "account-2".equals(output.key()) ? fail(Way.FAILS) : held.apply(output),
                        Keyed::key)
                .build();
        RunningPipeline running = deploy(process, pipeline, options().setFailurePolicy(FailurePolicy.FAIL));
        awaitCalls(held, 1);
        Future<Void> ended = running.ended();
        awaitTrue(
                process,
                "a failure",
                () -> await(running.position().transform(position -> Future.succeededFuture(position.failed()))));
        assertThat(ended.isComplete()).isFalse();
        held.end(held.came.element());
        assertThatThrownBy(() -> await(ended)).hasMessageContaining("out of order");
        assertThat(held.came).hasSize(1);
    }

    /** What a call that has timed out gives later is not taken for the answer of the next one. */
    @Test
    void a_late_answer_is_ignored() {
        Ledger.append(log, Ledger.SOURCE, "one", List.of("account-1 1"));
        Late late = new Late();
        RunningPipeline running = deploy(late, options().setMaxAttempts(1_000).setHandlerTimeoutMillis(100));
        awaitTrue(process, "a second call", () -> late.answers.size() >= 2);
        late.answers.remove().complete();
        assertThat(outputsOf(running)).isZero();
        late.isAtOnce = true;
        await(running.awaitEnd());
        assertThat(outputsOf(running)).isOne();
        await(running.close());
    }

    @Test
    void an_answer_after_the_last_attempt_has_timed_out_is_ignored() {
        Ledger.append(log, Ledger.SOURCE, "one", List.of("account-1 1"));
        Late late = new Late();
        RunningPipeline running = deploy(late, options().setMaxAttempts(1).setHandlerTimeoutMillis(20));
        awaitTrue(process, "a pause", () -> running.status().state() == State.FAILED);
        late.answers.remove().complete();
        assertThat(outputsOf(running)).isZero();
        late.isAtOnce = true;
        await(running.resume());
        await(running.awaitEnd());
        assertThat(late.answers).hasSize(1);
        assertThat(outputsOf(running)).isOne();
        await(running.close());
    }

    // ---- beside, audits

    @Test
    void a_version_beside_the_pipeline_needs_handlers_with_ids_of_its_own() {
        fixture.deposit();
        RunningPipeline first = deploy(outside::take);
        await(first.awaitEnd());
        await(first.checkpoint("monday"));
        assertThatThrownBy(() -> await(beside(process, 2, Outside.HANDLER)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("appends to [_strandline/handler-outside]")
                .hasMessageContaining("handlers with ids of their own");
        RunningPipeline second = await(beside(process, 2, "outside-2"));
        await(second.awaitEnd());
        assertThatThrownBy(() -> await(beside(process, 3, "outside-2")))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("[_strandline/handler-outside-2], as version 2");
        int before = outside.size();
        fixture.deposit();
        await(first.awaitEnd());
        await(second.awaitEnd());
        assertThat(outside.size()).isGreaterThan(before);
        await(first.switchTo(second));
        await(second.close());
    }

    private Future<RunningPipeline> beside(MemoryStrandline process, int version, String handler) {
        return Outside.pipeline(version, handler, outside::take)
                .runBeside(process.vertx, process, options(), fixture.store(process.vertx), "monday");
    }

    @Test
    void an_audit_calls_no_handler() {
        RunningPipeline running = deploy(
                outside::take, options().setAuditStepsPerSecond(100_000_000).setRetainedCheckpoints(100));
        fixture.deposit();
        await(running.awaitEnd());
        await(running.checkpoint("from"));
        fixture.deposit();
        await(running.awaitEnd());
        await(running.checkpoint("to"));
        int before = outside.size();
        assertThat(await(running.audit("from", "to")).differences()).isEmpty();
        assertThat(outside.size()).isEqualTo(before);
        await(running.close());
    }
}
