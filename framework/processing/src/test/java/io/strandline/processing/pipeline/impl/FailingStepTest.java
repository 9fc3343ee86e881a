package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.assertExactWithout;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.decided;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.deposit;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.failing;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.isPoison;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.options;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.poison;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps that throw, and events and outputs that their codecs refuse. */
class FailingStepTest extends OnPipelineFixture {

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 2);
    }

    // ---- pause and resume

    @Test
    void a_step_that_fails_pauses_the_whole_pipeline_until_it_is_resumed() {
        deposit(fixture.log);
        MemoryStrandline strandline = fixture.open();
        AtomicBoolean fails = new AtomicBoolean(true);
        RunningPipeline running =
                await(fixture.deploy(strandline, failing(fails), options(fixture, FailurePolicy.PAUSE)));

        assertThatThrownBy(() -> await(running.awaitEnd()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the step of pipeline ledger v1 at bank/deposits partition")
                .hasMessageContaining("cannot add account-")
                .hasCauseInstanceOf(IllegalStateException.class);
        assertThat(running.status().state()).isEqualTo(State.FAILED);
        assertThat(running.status().cause()).hasMessageContaining("cannot add");
        assertThat(running.status().place()).satisfies(place -> {
            assertThat(place.key()).startsWith("account-");
            assertThat(await(running.position()).offset(place.partition())).isEqualTo(place.offset());
        });
        assertThatThrownBy(() -> await(running.awaitEnd())).hasMessageContaining("cannot add");
        await(running.checkpoint());
        await(running.pause());
        assertThat(running.status().state()).isEqualTo(State.FAILED);

        fails.set(false);
        await(running.resume());
        await(running.awaitEnd());
        assertThat(running.status().state()).isEqualTo(State.RUNNING);
        assertExactWithout(fixture, Set.of());
        await(running.close());
        assertThat(running.status().state()).isEqualTo(State.STOPPED);
    }

    @Test
    void who_listens_hears_at_once_how_it_is_and_what_it_becomes() {
        deposit(fixture.log);
        MemoryStrandline strandline = fixture.open();
        AtomicBoolean fails = new AtomicBoolean(true);
        RunningPipeline running =
                await(fixture.deploy(strandline, failing(fails), options(fixture, FailurePolicy.PAUSE)));
        Queue<PipelineStatus> heard = new ConcurrentLinkedQueue<>();
        Queue<PipelineStatus> replaced = new ConcurrentLinkedQueue<>();
        assertThatThrownBy(() -> await(running.awaitEnd())).hasMessageContaining("cannot add");
        running.statusHandler(replaced::add);
        awaitTrue(strandline, "it is told", () -> !replaced.isEmpty());
        running.statusHandler(heard::add);
        awaitTrue(strandline, "it is told at once", () -> !heard.isEmpty());
        assertThat(heard).singleElement().isEqualTo(running.status());
        fails.set(false);
        await(running.resume());
        awaitTrue(strandline, "it has gone on", () -> heard.size() == 2);
        await(running.awaitEnd());
        await(running.pause());
        awaitTrue(strandline, "it pauses", () -> heard.size() == 3);
        await(running.close());
        awaitTrue(strandline, "it has stopped", () -> heard.size() == 4);
        assertThat(heard)
                .extracting(PipelineStatus::state)
                .containsExactly(State.FAILED, State.RUNNING, State.PAUSED, State.STOPPED);
        assertThat(replaced).hasSize(1);
    }

    @Test
    void a_pipeline_that_failed_is_closed_cleanly_and_goes_on_after_a_restart() {
        deposit(fixture.log);
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(
                fixture.deploy(strandline, failing(new AtomicBoolean(true)), options(fixture, FailurePolicy.PAUSE)));
        assertThatThrownBy(() -> await(running.awaitEnd())).hasMessageContaining("cannot add");
        await(running.close());
        await(running.ended());

        RunningPipeline again = fixture.deploy(strandline);
        await(again.awaitEnd());
        assertExactWithout(fixture, Set.of());
    }

    @Test
    void no_step_is_done_while_the_pipeline_is_paused() {
        MemoryStrandline strandline = fixture.open();
        AtomicInteger steps = new AtomicInteger();
        RunningPipeline running = await(fixture.deploy(
                strandline,
                Ledger.pipeline(1, (before, deposit, output) -> {
                    steps.incrementAndGet();
                    return Ledger.step(before, deposit, output);
                }),
                options(fixture, FailurePolicy.PAUSE)));
        await(running.pause());
        assertThat(running.status().state()).isEqualTo(State.PAUSED);
        deposit(fixture.log);
        Future<?> end = running.awaitEnd();
        await(running.checkpoint());
        assertThat(await(running.lag())).isEqualTo(PoisonedDeposits.EVENTS);
        assertThat(steps).hasValue(0);
        await(running.resume());
        await(end);
        assertExactWithout(fixture, Set.of());
    }

    @Test
    void partitions_that_begin_while_the_pipeline_is_paused_wait_too() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running =
                await(fixture.deploy(strandline, failing(new AtomicBoolean()), options(fixture, FailurePolicy.PAUSE)));
        await(running.pause());
        Scalings.overlap(fixture.log, Ledger.SOURCE, 0, 0);
        deposit(fixture.log);
        await(running.checkpoint());
        assertThat(await(running.lag())).isEqualTo(PoisonedDeposits.EVENTS);
        await(running.resume());
        await(running.awaitPosition(fixture.log.endNow(Ledger.SOURCE)));
        assertExactWithout(fixture, Set.of());
    }

    @Test
    void a_step_that_fails_for_a_while_is_tried_again_without_a_trace() {
        deposit(fixture.log);
        MemoryStrandline strandline = fixture.open();
        Map<String, Integer> attempts = new HashMap<>();
        RunningPipeline running = await(fixture.deploy(
                strandline,
                Ledger.pipeline(1, (before, deposit, output) -> {
                    Ledger.Balance after = Ledger.step(before, deposit, output);
                    synchronized (attempts) {
                        if (isPoison(deposit) && attempts.merge(deposit, 1, Integer::sum) < 3) {
                            throw new IllegalStateException("not yet");
                        }
                    }
                    return after;
                }),
                options(fixture, FailurePolicy.FAIL)));
        await(running.awaitEnd());
        assertThat(attempts).hasSize(PoisonedDeposits.EVENTS / 10).allSatisfy((deposit, made) -> assertThat(made)
                .isEqualTo(3));
        assertExactWithout(fixture, Set.of());
    }

    @Test
    void the_policy_may_be_to_stop() {
        deposit(fixture.log);
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(
                fixture.deploy(strandline, failing(new AtomicBoolean(true)), options(fixture, FailurePolicy.FAIL)));
        assertThatThrownBy(() -> await(running.ended())).hasMessageContaining("cannot add");
        assertThat(running.status().state()).isEqualTo(State.STOPPED);
        assertThat(running.status().cause()).hasMessageContaining("cannot add");
        assertThatThrownBy(() -> await(running.resume())).hasMessageContaining("cannot add");
    }

    // ---- skip

    @Test
    void an_event_that_fails_is_passed_over_without_a_trace() {
        deposit(fixture.log);
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(
                fixture.deploy(strandline, failing(new AtomicBoolean(true)), options(fixture, FailurePolicy.SKIP)));
        await(running.awaitEnd());
        assertExactWithout(fixture, poison(fixture.log));
    }

    /** A resume and the end of a pause may each bring an attempt. None is made once it is decided that there is none. */
    @Test
    void an_event_that_is_passed_over_is_not_tried_again_when_the_pipeline_is_resumed() throws Exception {
        MemoryStrandline strandline = fixture.open();
        AtomicReference<RunningPipeline> running = new AtomicReference<>();
        Map<String, Integer> attempts = new ConcurrentHashMap<>();
        Pipeline pipeline = Ledger.pipeline(1, (before, deposit, output) -> {
            int made = isPoison(deposit) ? attempts.merge(deposit, 1, Integer::sum) : 0;
            if (made == 1) {
                Objects.requireNonNull(running.get()).resume();
            }
            if (made > 0 && made <= 5) {
                throw new IllegalStateException("cannot add " + deposit);
            }
            return Ledger.step(before, deposit, output);
        });
        PipelineOptions options = options(fixture, FailurePolicy.SKIP).setRetryBackOffMillis(0);
        running.set(await(fixture.deploy(strandline, pipeline, options)));
        deposit(fixture.log);
        await(Objects.requireNonNull(running.get()).awaitEnd());
        assertExactWithout(fixture, decided(fixture.log));
    }

    @Test
    void an_event_that_cannot_be_decoded_is_passed_over() {
        deposit(fixture.log);
        Set<String> poison = poison(fixture.log);
        MemoryStrandline strandline = fixture.open();
        Pipeline pipeline = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.of("string", text -> text, text -> {
                    if (isPoison(text)) {
                        throw new IllegalArgumentException("no deposit: " + text);
                    }
                    return text;
                }))
                .keyBy(Ledger::account)
                .<Ledger.Balance, Ledger.Keyed>process(
                        "balance",
                        Ledger.BALANCES,
                        account -> new Ledger.Balance(0, account.length()),
                        (before, deposit, context) ->
                                Ledger.step(before, deposit, (key, text) -> context.emit(new Ledger.Keyed(key, text))))
                .to(Ledger.SINK, Ledger.Keyed.CODEC, Ledger.Keyed::key)
                .build();
        RunningPipeline paused = await(fixture.deploy(strandline, pipeline, options(fixture, FailurePolicy.PAUSE)));
        assertThatThrownBy(() -> await(paused.awaitEnd()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("event of type string v1 at offset")
                .hasMessageContaining("cannot be decoded: no deposit: account-");
        await(paused.resume());
        assertThatThrownBy(() -> await(paused.awaitEnd())).hasMessageContaining("cannot be decoded");
        await(paused.close());

        RunningPipeline running = await(fixture.deploy(strandline, pipeline, options(fixture, FailurePolicy.SKIP)));
        await(running.awaitEnd());
        assertExactWithout(fixture, poison);
    }

    @Test
    void an_output_that_its_codec_refuses_leaves_no_other_output_of_its_step() {
        deposit(fixture.log);
        Set<String> passedOver = new HashSet<>();
        MemoryStrandline strandline = fixture.open();
        Pipeline pipeline = Ledger.pipeline(
                1,
                Ledger.SOURCE,
                TextCodec.of(
                        "string",
                        output -> {
                            if (output.key().equals("refused")) {
                                throw new IllegalArgumentException("refused " + output.text());
                            }
                            return output.text();
                        },
                        text -> new Ledger.Keyed("", text)),
                (before, deposit, output) -> {
                    Ledger.Balance after = Ledger.step(before, deposit, output);
                    if (isPoison(deposit)) {
                        output.emit("refused", deposit);
                        synchronized (passedOver) {
                            passedOver.add(deposit);
                        }
                    }
                    return after;
                });
        RunningPipeline running = await(fixture.deploy(strandline, pipeline, options(fixture, FailurePolicy.SKIP)));
        await(running.awaitEnd());
        assertExactWithout(fixture, passedOver);
    }

    /** The log has its first output, so it has happened: it goes on with the next one when it can. */
    @Test
    void a_step_of_which_an_output_was_appended_is_not_passed_over() {
        deposit(fixture.log);
        MemoryStrandline strandline = fixture.open();
        AtomicBoolean refuses = new AtomicBoolean(true);
        Queue<String> appended = new ConcurrentLinkedQueue<>();
        Strandline refusing = FailingWriters.refusing(strandline, Ledger.SINK, text -> {
            boolean isRefused = text.startsWith("second") && refuses.get();
            if (!isRefused) {
                appended.add(text);
            }
            return isRefused;
        });
        Pipeline pipeline = Ledger.pipeline(1, (before, deposit, output) -> {
            if (isPoison(deposit)) {
                output.emit("a", "first " + deposit);
                output.emit("a", "second " + deposit);
            }
            return before.plus(deposit);
        });
        RunningPipeline running = await(pipeline.deploy(
                strandline.vertx, refusing, options(fixture, FailurePolicy.SKIP), fixture.store(strandline.vertx)));
        assertThatThrownBy(() -> await(running.awaitEnd()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("an output of pipeline ledger v1")
                .hasMessageContaining("bytes");
        assertThat(running.status().state()).isEqualTo(State.FAILED);
        refuses.set(false);
        await(running.resume());
        await(running.awaitEnd());
        List<String> expected = new ArrayList<>();
        poison(fixture.log).forEach(deposit -> expected.addAll(List.of("first " + deposit, "second " + deposit)));
        assertThat(appended).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(Ledger.texts(fixture.log, Ledger.SINK)).containsExactlyInAnyOrderElementsOf(expected);
        await(running.close());
    }

    @Test
    void a_timer_and_a_window_that_fail_are_passed_over() {
        deposit(fixture.log);
        MemoryStrandline strandline = fixture.open();
        AtomicInteger fired = new AtomicInteger();
        var keyed = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(deposit -> Long.parseLong(deposit.substring(deposit.indexOf(' ') + 1)), Duration.ZERO)
                .keyBy(Ledger::account);
        keyed.window(io.strandline.processing.pipeline.Windows.tumbling(Duration.ofMillis(20)))
                .count("counts")
                .map(window -> {
                    if (window.start() == 0) {
                        throw new IllegalStateException("the first window");
                    }
                    return "window " + window.start() + " of " + window.key();
                })
                .to(Ledger.SINK, TextCodec.STRING);
        Pipeline pipeline = keyed.<String, String>process(
                        "timers",
                        TextCodec.STRING,
                        key -> "",
                        (last, event, at) -> {
                            at.setTimer(at.time() + 5);
                            return event;
                        },
                        (last, at) -> {
                            if (at.time() % 10 == 0) {
                                throw new IllegalStateException("a round time");
                            }
                            fired.incrementAndGet();
                            at.emit("timer " + at.time());
                            return last;
                        })
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
        RunningPipeline running = await(fixture.deploy(strandline, pipeline, options(fixture, FailurePolicy.SKIP)));
        await(running.awaitEnd());
        List<String> outputs = Ledger.texts(fixture.log, Ledger.SINK);
        assertThat(outputs)
                .noneMatch(text -> text.startsWith("window 0 "))
                .noneMatch(text -> text.startsWith("timer ") && text.endsWith("0"))
                .anyMatch(text -> text.startsWith("window 20 of"))
                .contains("timer 11", "timer 49")
                .doesNotHaveDuplicates();
        await(running.close());
        RunningPipeline again = await(fixture.deploy(strandline, pipeline, options(fixture, FailurePolicy.PAUSE)));
        await(again.awaitEnd());
        assertThat(Ledger.texts(fixture.log, Ledger.SINK)).isEqualTo(outputs);
    }

    // ---- crashes

    /**
     * The process dies at each of its calls to the log once. In the next one no step fails any more: what was decided is found
     * and stays so, what was not is processed.
     */
    @Test
    void a_decision_is_found_after_a_crash_at_any_call(@TempDir Path directory) throws Exception {
        Set<Integer> decisions = new HashSet<>();
        assertThat(PoisonedDeposits.crashAtEveryCall(
                        directory, FailurePolicy.SKIP, (after, running, decided) -> decisions.add(decided.size())))
                .hasSizeGreaterThan(60);
        assertThat(decisions).contains(0, 1, 2, 3, 4, 5, 6);
    }

    /** A decision about a partition that has ended is met by no replay any more. */
    @Test
    void the_checkpoint_stream_is_truncated_after_a_partition_with_a_decision_was_split() throws Exception {
        deposit(fixture.log);
        RunningPipeline running = await(
                fixture.deploy(fixture.open(), failing(new AtomicBoolean(true)), options(fixture, FailurePolicy.SKIP)));
        await(running.awaitEnd());
        Set<String> decided = decided(fixture.log);
        assertThat(decided).isEqualTo(poison(fixture.log));
        Scalings.split(fixture.log, Ledger.SOURCE, 1, 0); // the other one stays, and has the lower id
        long before = fixture.log
                .endNow(PipelineFixture.CHECKPOINTS)
                .offsets()
                .values()
                .iterator()
                .next();
        for (int i = 0; i < 5; i++) {
            List<String> sound = new ArrayList<>();
            for (int account = 0; account < 7; account++) {
                sound.add("account-" + account + " " + 1_000 * (i + 1));
            }
            Ledger.append(fixture.log, Ledger.SOURCE, "sound-" + i, sound);
            await(running.awaitPosition(fixture.log.endNow(Ledger.SOURCE)));
            await(running.checkpoint());
        }
        assertThat(fixture.log.startCut(PipelineFixture.CHECKPOINTS).offsets().values())
                .allMatch(start -> start > before);
        assertExactWithout(fixture, decided);
        await(running.close());
    }
}
