package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventType;
import io.strandline.Sequence;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ticks of a pipeline: they come when something waits for them, and are the same steps in every replay. */
class TickTest {

    private static final int EVENTS = 600;

    private final PipelineFixture fixture = PipelineFixture.onSimulatedDisk();
    private final MemoryLog log = fixture.log;

    @AfterEach
    void close() {
        fixture.close();
    }

    static LongStream seeds() {
        return PipelineFixture.seeds(10, 200);
    }

    /** A clock that the test moves. The log's stamps are the offsets of the events. */
    private static final class TestClock implements Ticker.TimeSource {

        private final AtomicLong millis = new AtomicLong();
        private final AtomicLong asked = new AtomicLong();
        private final long step;

        /** @param step how far the clock goes each time that it is asked */
        TestClock(long step) {
            this.step = step;
        }

        @Override
        public long millis() {
            asked.incrementAndGet();
            return millis.addAndGet(step);
        }

        @Override
        public long nanos() {
            return millis.get() * 1_000_000;
        }
    }

    private PipelineOptions options(long silenceMillis) {
        return fixture.options().setTickIntervalMillis(1).setSilenceMillis(silenceMillis);
    }

    private void append(int number, String account, long time) {
        int epoch = log.admit(Ledger.SOURCE, "one by one");
        log.append(Ledger.SOURCE, "one by one", new Sequence(epoch, number), account, account + " " + time);
    }

    private static KeyedEvents<String> events() {
        return Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(event -> Long.parseLong(event.substring(event.indexOf(' ') + 1)), Duration.ofMillis(30))
                .keyBy(Ledger::account);
    }

    private static Pipeline windows() {
        return windows(events());
    }

    private static Pipeline windows(KeyedEvents<String> events) {
        return events.window(Windows.tumbling(Duration.ofMillis(50)))
                .count("counts")
                .map(window -> window.start() + " " + window.value())
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
    }

    private RunningPipeline ticking(
            MemoryStrandline strandline, Pipeline pipeline, PipelineOptions options, TestClock clock) {
        return await(fixture.deploy(strandline, pipeline, options, clock));
    }

    private List<String> outputs() {
        return Ledger.texts(log, Ledger.SINK);
    }

    private void awaitOutputs(MemoryStrandline strandline, int count) {
        awaitTrue(strandline, count + " outputs", () -> outputs().size() == count);
    }

    private static void awaitAsked(MemoryStrandline strandline, TestClock clock, long times) {
        long from = clock.asked.get();
        awaitTrue(strandline, times + " looks at the clock", () -> clock.asked.get() > from + times);
    }

    @Test
    void the_last_results_of_a_silent_source_come_once() {
        Ledger.createStreams(log, 2);
        for (int i = 0; i < 10; i++) {
            append(i, "account-" + i, 20);
        }
        for (int life = 0; life < 2; life++) {
            MemoryStrandline strandline = fixture.open();
            TestClock clock = new TestClock(1);
            RunningPipeline running = ticking(strandline, windows(), options(100), clock);
            awaitOutputs(strandline, 10);
            awaitAsked(strandline, clock, 20);
            if (life == 0) {
                fixture.crash(strandline);
            } else {
                await(running.close());
            }
        }
        assertThat(outputs()).hasSize(10).containsOnly("0 1");
    }

    @Test
    void nothing_is_recorded_while_nothing_waits() {
        Ledger.createStreams(log, 2);
        append(0, "account-1", 20);
        MemoryStrandline strandline = fixture.open();
        TestClock clock = new TestClock(1);
        RunningPipeline running = ticking(strandline, windows(), options(0), clock);
        awaitOutputs(strandline, 1);
        awaitAsked(strandline, clock, 5);
        var end = log.endCut(PipelineFixture.CHECKPOINTS);
        awaitAsked(strandline, clock, 50);
        assertThat(log.endCut(PipelineFixture.CHECKPOINTS)).isEqualTo(end);
        await(running.close());
    }

    @Test
    void time_waits_for_events_alone_if_no_partition_is_ever_silent() {
        Ledger.createStreams(log, 1);
        append(0, "account-1", 20);
        MemoryStrandline strandline = fixture.open();
        TestClock clock = new TestClock(100_000_000);
        RunningPipeline running = ticking(strandline, windows(), options(PipelineOptions.NEVER_SILENT), clock);
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        awaitAsked(strandline, clock, 50);
        assertThat(outputs()).isEmpty();
        append(1, "account-1", 80);
        awaitOutputs(strandline, 1);
        await(running.close());
    }

    /** A partition whose events cannot be read looks quiet to its task. */
    @Test
    void a_partition_that_cannot_be_read_is_not_silent() {
        Ledger.createStreams(log, 1);
        long partition = fixture.openPartitions().get(0);
        append(0, "account-1", 20);
        append(1, "account-1", 21);
        log.hold(Ledger.SOURCE, partition, 1);
        MemoryStrandline strandline = fixture.open();
        TestClock clock = new TestClock(1_000);
        RunningPipeline running = ticking(strandline, windows(), options(0), clock);
        awaitTrue(strandline, "offset 1", () -> await(running.position()).offset(partition) == 1);
        awaitAsked(strandline, clock, 20);
        assertThat(outputs()).isEmpty();
        log.hold(Ledger.SOURCE, partition, Long.MAX_VALUE);
        awaitOutputs(strandline, 1);
        assertThat(outputs()).containsExactly("0 2");
        assertThat(running.lateEvents()).isZero();
        await(running.close());
    }

    /** Windows, and timers of the clock that repeat themselves three times. */
    private static Pipeline pipeline(Runnable step) {
        KeyedEvents<String> keyed = events().filter(event -> {
            step.run();
            return true;
        });
        keyed.window(Windows.tumbling(Duration.ofMillis(50)))
                .lateTo(Ledger.SINK, TextCodec.STRING)
                .count("counts")
                .map(window -> "window " + window.value())
                .to(Ledger.SINK, TextCodec.STRING);
        return keyed.<Long, String>process(
                        "timers",
                        LONGS,
                        key -> 0L,
                        (count, event, at) -> {
                            at.setClockTimer(at.clock() + 7);
                            return count + 1;
                        },
                        (count, at) -> {
                            at.emit("timer of " + at.key() + " " + at.clockTimer() + " " + at.clock() + " "
                                    + at.watermark() + " " + at.partition() + "/" + at.offset() + " " + count);
                            return count;
                        })
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
    }

    private static final TextCodec<Long> LONGS =
            new TextCodec<>(new EventType("number", 1), String::valueOf, Long::valueOf);

    /** Ticks come at any moment, and a replay takes those that were recorded: a difference would stop it with Conflict. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_event_is_counted_once_whatever_ticks_and_crashes(long seed) throws Exception {
        Random random = new Random(seed);
        Ledger.createStreams(log, 1 + random.nextInt(3));
        for (int i = 0; i < EVENTS; i++) {
            append(i, "account-" + random.nextInt(20), i - random.nextInt(40));
        }
        TestClock clock = new TestClock(1 + random.nextInt(5));
        for (int life = 0; life < 4; life++) {
            MemoryStrandline strandline = fixture.open();
            if (random.nextBoolean()) {
                strandline.slow(PipelineFixture.CHECKPOINTS, 1 + random.nextInt(3));
            }
            int crashAt = random.nextInt(EVENTS / 2) + (life == 0 ? 201 : 0);
            int crashAtTick = random.nextBoolean() ? 1 + random.nextInt(20) : Integer.MAX_VALUE;
            Pipeline pipeline = pipeline(strandline.crashingAt(crashAt));
            RunningPipeline running = ticking(strandline, pipeline, options(random.nextInt(20)), clock);
            AtomicInteger entries = new AtomicInteger();
            strandline.watch(call -> {
                if (call.contains("checkpoints") && entries.incrementAndGet() == crashAtTick) {
                    strandline.crash();
                }
            });
            fixture.awaitEndOrCrash(strandline, running.awaitEnd());
        }
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = ticking(strandline, pipeline(() -> {}), options(0), clock);
        await(running.awaitEnd());
        awaitTrue(strandline, "all events in outputs", () -> counted(outputs()) >= EVENTS);
        awaitAsked(strandline, clock, 20);
        await(running.close());
        List<String> outputs = outputs();
        assertThat(counted(outputs)).isEqualTo(EVENTS);
        assertThat(outputs.stream().filter(output -> output.startsWith("timer ")))
                .isNotEmpty()
                .doesNotHaveDuplicates();
    }

    /** Events in the results of windows, and events that were too late for theirs. */
    private static long counted(List<String> outputs) {
        return outputs.stream()
                .mapToLong(output -> output.startsWith("window ")
                        ? Long.parseLong(output.substring(7))
                        : output.startsWith("timer ") ? 0 : 1)
                .sum();
    }

    /** Between the call and the answer of the log a task does nothing, or the tick would name a step that is another one. */
    @Test
    void no_event_is_taken_until_the_tick_is_durable() {
        assertTickIsNext(50, running -> {});
    }

    /** Whatever has the task go on meanwhile, the tick is the next step. */
    @Test
    void a_task_that_goes_on_after_a_pause_waits_for_the_tick_that_is_being_recorded() {
        assertTickIsNext(500, running -> running.pause().compose(paused -> running.resume()));
    }

    /** Events come, and something else happens, while a tick is being recorded, which takes some milliseconds. */
    private void assertTickIsNext(long millis, Consumer<RunningPipeline> meanwhile) {
        Ledger.createStreams(log, 1);
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = ticking(strandline, windows(), options(0), new TestClock(100));
        strandline.slow(PipelineFixture.CHECKPOINTS, millis);
        AtomicBoolean isRecording = new AtomicBoolean();
        strandline.watchAccepted(stream -> {
            if (stream.equals(PipelineFixture.CHECKPOINTS) && isRecording.compareAndSet(false, true)) {
                append(1, "account-2", 21);
                append(2, "account-1", 500);
                meanwhile.accept(running);
            }
        });
        append(0, "account-1", 20); // nothing is to tick about before
        awaitOutputs(strandline, 2);
        assertThat(outputs()).containsExactly("0 1", "500 1");
        assertThat(running.lateEvents()).as("came after the tick").isEqualTo(1);
        await(running.close());
    }

    /** A tick that is being recorded while the tasks are cut is not part of the checkpoint: a run from there needs it. */
    @Test
    void a_tick_that_a_checkpoint_does_not_cover_is_kept() {
        Ledger.createStreams(log, 1);
        KeyedEvents<String> events = events();
        events.to(Ledger.SINK, TextCodec.STRING);
        Pipeline pipeline = windows(events);
        PipelineOptions options = options(0).setRetainedCheckpoints(1);
        MemoryStrandline first = fixture.open();
        TestClock clock = new TestClock(100);
        RunningPipeline running = ticking(first, pipeline, options, clock);
        first.slow(PipelineFixture.CHECKPOINTS, 50);
        Promise<Void> recording = Promise.promise();
        first.watchAccepted(stream -> {
            if (stream.equals(PipelineFixture.CHECKPOINTS)) {
                recording.tryComplete();
            }
        });
        append(0, "account-1", 20); // nothing is to tick about before
        await("a tick that is being recorded", recording.future());
        await(running.checkpoint());
        assertThat(outputs()).containsExactly("account-1 20", "0 1");
        fixture.crash(first);
        append(1, "account-1", 500);
        MemoryStrandline second = fixture.open();
        running = ticking(second, pipeline, options.setTickIntervalMillis(3_600_000), clock);
        await(running.awaitEnd());
        await(running.close());
        assertThat(outputs()).containsExactly("account-1 20", "0 1", "account-1 500");
    }

    /** What a run does again has the numbers that it had, or the log would take it for what it has already. */
    @Test
    void no_tick_is_recorded_before_a_step_whose_outputs_the_log_has() {
        Ledger.createStreams(log, 1);
        for (int i = 0; i < 20; i++) {
            append(i, "account-" + i, 20 + i);
        }
        KeyedEvents<String> events = events();
        events.to(Ledger.SINK, TextCodec.STRING);
        Pipeline pipeline = events.<Long, String>process(
                        "timers",
                        LONGS,
                        key -> 0L,
                        (count, event, at) -> {
                            at.setClockTimer(at.stamp() + 100);
                            return count;
                        },
                        (count, at) -> null)
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
        MemoryStrandline first = fixture.open();
        ticking(first, pipeline, options(1_000_000).setTickIntervalMillis(3_600_000), new TestClock(0));
        awaitOutputs(first, 20);
        fixture.crash(first);
        for (int i = 20; i < 40; i++) {
            append(i, "account-" + i, 20 + i);
        }
        MemoryStrandline second = fixture.open();
        long partition = fixture.openPartitions().get(0);
        log.hold(Ledger.SOURCE, partition, 10);
        TestClock clock = new TestClock(1_000);
        RunningPipeline again = ticking(second, pipeline, options(1_000_000), clock);
        awaitTrue(second, "offset 10", () -> await(again.position()).offset(partition) == 10);
        awaitAsked(second, clock, 20);
        log.hold(Ledger.SOURCE, partition, Long.MAX_VALUE);
        await(again.awaitEnd());
        await(again.close());
        assertThat(outputs()).hasSize(40).doesNotHaveDuplicates();
    }

    /** What a run hands to a handler again has the position that it had. No sink knows what the run before has handed over. */
    @Test
    void no_tick_is_recorded_before_a_step_that_a_handler_may_have_seen() {
        Ledger.createStreams(log, 1);
        for (int i = 0; i < 20; i++) {
            append(i, "account-" + i, 20 + i);
        }
        Map<String, Set<String>> seen = new ConcurrentHashMap<>();
        KeyedEvents<String> events = events();
        events.handle("outside", output -> {
            seen.computeIfAbsent(output.position().id(), none -> ConcurrentHashMap.newKeySet())
                    .add(output.event());
            return Future.succeededFuture();
        });
        Pipeline pipeline = events.<Long, String>process(
                        "timers",
                        LONGS,
                        key -> 0L,
                        (count, event, at) -> {
                            at.setClockTimer(at.stamp() + 100);
                            return count;
                        },
                        (count, at) -> null)
                .build();
        MemoryStrandline first = fixture.open();
        ticking(first, pipeline, options(1_000_000).setTickIntervalMillis(3_600_000), new TestClock(0));
        awaitTrue(first, "20 outputs", () -> seen.size() == 20);
        fixture.crash(first);
        MemoryStrandline second = fixture.open();
        long partition = fixture.openPartitions().get(0);
        log.hold(Ledger.SOURCE, partition, 10);
        TestClock clock = new TestClock(1_000);
        RunningPipeline again = ticking(second, pipeline, options(1_000_000), clock);
        awaitTrue(second, "offset 10", () -> await(again.position()).offset(partition) == 10);
        awaitAsked(second, clock, 20);
        log.hold(Ledger.SOURCE, partition, Long.MAX_VALUE);
        await(again.awaitEnd());
        assertThat(seen).hasSize(20).allSatisfy((position, outputs) -> assertThat(outputs)
                .hasSize(1));
        await(again.close());
    }

    /** What a tick was for is done although the process that made it has gone on with nothing. */
    @Test
    void a_tick_that_was_recorded_and_not_taken_is_taken_by_the_next_run() {
        Ledger.createStreams(log, 1);
        append(0, "account-1", 20);
        MemoryStrandline first = fixture.open();
        TestClock clock = new TestClock(100);
        ticking(first, windows(), options(0).setTickIntervalMillis(10), clock);
        first.watch(call -> {
            if (call.startsWith("append") && call.contains(Ledger.SINK)) {
                first.crash();
            }
        });
        await("an output of the tick", first.untilCrash());
        fixture.crash(first);
        assertThat(outputs()).isEmpty();
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = ticking(strandline, windows(), options(0).setTickIntervalMillis(3_600_000), clock);
        awaitOutputs(strandline, 1);
        await(running.close());
        assertThat(outputs()).containsExactly("0 1");
    }
}
