package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventType;
import io.strandline.Sequence;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ticks of a pipeline: they come when something waits for them, and are the same steps in every replay. */
class TickTest {

    private static final int EVENTS = 600;

    static LongStream seeds() {
        return LongStream.range(0, Boolean.getBoolean("strandline.soak") ? 200 : 10);
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

    private static PipelineOptions options(PipelineFixture fixture, long silenceMillis) {
        return fixture.options().setTickIntervalMillis(1).setSilenceMillis(silenceMillis);
    }

    private static void append(PipelineFixture fixture, int number, String account, long time) {
        int epoch = fixture.log.admit(Ledger.SOURCE, "one by one");
        byte[] bytes = (account + " " + time).getBytes(StandardCharsets.UTF_8);
        fixture.log.append(
                Ledger.SOURCE,
                "one by one",
                epoch,
                new Sequence(epoch, number),
                new MemoryLog.Stored(account, TextCodec.STRING.typeOf(""), bytes));
    }

    private static KeyedEvents<String> events() {
        return Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(event -> Long.parseLong(event.substring(event.indexOf(' ') + 1)), Duration.ofMillis(30))
                .keyBy(Ledger::account);
    }

    private static Pipeline windows() {
        return events().window(Windows.tumbling(Duration.ofMillis(50)))
                .count("counts")
                .map(window -> window.start() + " " + window.value())
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
    }

    private static void awaitTrue(MemoryStrandline strandline, BooleanSupplier condition) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("60 s are not over").isLessThan(deadline);
            await(strandline.vertx.timer(2, TimeUnit.MILLISECONDS).<Void>mapEmpty());
        }
    }

    private static void awaitAsked(MemoryStrandline strandline, TestClock clock, long times) {
        long from = clock.asked.get();
        awaitTrue(strandline, () -> clock.asked.get() > from + times);
    }

    @Test
    void the_last_results_of_a_silent_source_come_once() {
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 2);
            for (int i = 0; i < 10; i++) {
                append(fixture, i, "account-" + i, 20);
            }
            for (int life = 0; life < 2; life++) {
                MemoryStrandline strandline = fixture.open();
                TestClock clock = new TestClock(1);
                RunningPipeline running = await(fixture.deploy(strandline, windows(), options(fixture, 100), clock));
                awaitTrue(
                        strandline, () -> Ledger.texts(fixture.log, Ledger.SINK).size() == 10);
                awaitAsked(strandline, clock, 20);
                if (life == 0) {
                    fixture.crash(strandline);
                } else {
                    await(running.close());
                }
            }
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).hasSize(10).containsOnly("0 1");
        }
    }

    @Test
    void nothing_is_recorded_while_nothing_waits() {
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 2);
            append(fixture, 0, "account-1", 20);
            MemoryStrandline strandline = fixture.open();
            TestClock clock = new TestClock(1);
            RunningPipeline running = await(fixture.deploy(strandline, windows(), options(fixture, 0), clock));
            awaitTrue(strandline, () -> Ledger.texts(fixture.log, Ledger.SINK).size() == 1);
            awaitAsked(strandline, clock, 5);
            var end = fixture.log.endCut(PipelineFixture.CHECKPOINTS);
            awaitAsked(strandline, clock, 50);
            assertThat(fixture.log.endCut(PipelineFixture.CHECKPOINTS)).isEqualTo(end);
            await(running.close());
        }
    }

    /** A partition whose events cannot be read looks quiet to its task. */
    @Test
    void a_partition_that_cannot_be_read_is_not_silent() {
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1);
            long partition = fixture.openPartitions().get(0);
            append(fixture, 0, "account-1", 20);
            append(fixture, 1, "account-1", 21);
            fixture.log.hold(Ledger.SOURCE, partition, 1);
            MemoryStrandline strandline = fixture.open();
            TestClock clock = new TestClock(1_000);
            RunningPipeline running = await(fixture.deploy(strandline, windows(), options(fixture, 0), clock));
            awaitTrue(strandline, () -> await(running.position()).offset(partition) == 1);
            awaitAsked(strandline, clock, 20);
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).isEmpty();
            fixture.log.hold(Ledger.SOURCE, partition, Long.MAX_VALUE);
            awaitTrue(strandline, () -> !Ledger.texts(fixture.log, Ledger.SINK).isEmpty());
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).containsExactly("0 2");
            assertThat(running.lateEvents()).isZero();
            await(running.close());
        }
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
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1 + random.nextInt(3));
            for (int i = 0; i < EVENTS; i++) {
                append(fixture, i, "account-" + random.nextInt(20), i - random.nextInt(40));
            }
            TestClock clock = new TestClock(1 + random.nextInt(5));
            for (int life = 0; life < 4; life++) {
                MemoryStrandline strandline = fixture.open();
                if (random.nextBoolean()) {
                    strandline.slow(PipelineFixture.CHECKPOINTS, 1 + random.nextInt(3));
                }
                CountDownLatch crashed = new CountDownLatch(1);
                int crashAt = random.nextInt(EVENTS / 2) + (life == 0 ? 201 : 0);
                int crashAtTick = random.nextBoolean() ? 1 + random.nextInt(20) : Integer.MAX_VALUE;
                AtomicInteger steps = new AtomicInteger();
                Runnable crash = () -> {
                    strandline.crash();
                    crashed.countDown();
                };
                Pipeline pipeline = pipeline(() -> {
                    if (steps.getAndIncrement() == crashAt) {
                        crash.run();
                    }
                });
                RunningPipeline running =
                        await(fixture.deploy(strandline, pipeline, options(fixture, random.nextInt(20)), clock));
                AtomicInteger entries = new AtomicInteger();
                strandline.watch(call -> {
                    if (call.contains("checkpoints") && entries.incrementAndGet() == crashAtTick) {
                        crash.run();
                    }
                });
                fixture.crash(strandline, running, crashed);
            }
            MemoryStrandline strandline = fixture.open();
            RunningPipeline running = await(fixture.deploy(strandline, pipeline(() -> {}), options(fixture, 0), clock));
            await(running.awaitEnd());
            awaitTrue(strandline, () -> counted(Ledger.texts(fixture.log, Ledger.SINK)) >= EVENTS);
            awaitAsked(strandline, clock, 20);
            await(running.close());
            List<String> outputs = Ledger.texts(fixture.log, Ledger.SINK);
            assertThat(counted(outputs)).isEqualTo(EVENTS);
            assertThat(outputs.stream().filter(output -> output.startsWith("timer ")))
                    .isNotEmpty()
                    .doesNotHaveDuplicates();
        }
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
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1);
            append(fixture, 0, "account-1", 20);
            MemoryStrandline strandline = fixture.open();
            TestClock clock = new TestClock(100);
            RunningPipeline running = await(fixture.deploy(strandline, windows(), options(fixture, 0), clock));
            strandline.slow(PipelineFixture.CHECKPOINTS, 50);
            CountDownLatch recording = new CountDownLatch(1);
            strandline.watchAccepted(stream -> {
                if (stream.equals(PipelineFixture.CHECKPOINTS) && recording.getCount() > 0) {
                    recording.countDown();
                    append(fixture, 1, "account-2", 21);
                    append(fixture, 2, "account-1", 500);
                }
            });
            awaitTrue(strandline, () -> Ledger.texts(fixture.log, Ledger.SINK).size() == 2);
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).containsExactly("0 1", "500 1");
            assertThat(running.lateEvents()).as("came after the tick").isEqualTo(1);
            await(running.close());
        }
    }

    /** A tick that is being recorded while the tasks are cut is not part of the checkpoint: a run from there needs it. */
    @Test
    void a_tick_that_a_checkpoint_does_not_cover_is_kept() {
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1);
            append(fixture, 0, "account-1", 20);
            KeyedEvents<String> events = events();
            events.to(Ledger.SINK, TextCodec.STRING);
            Pipeline pipeline = events.window(Windows.tumbling(Duration.ofMillis(50)))
                    .count("counts")
                    .map(window -> window.start() + " " + window.value())
                    .to(Ledger.SINK, TextCodec.STRING)
                    .build();
            PipelineOptions options = options(fixture, 0).setRetainedCheckpoints(1);
            MemoryStrandline first = fixture.open();
            TestClock clock = new TestClock(100);
            RunningPipeline running = await(fixture.deploy(first, pipeline, options, clock));
            first.slow(PipelineFixture.CHECKPOINTS, 50);
            CountDownLatch recording = new CountDownLatch(1);
            first.watchAccepted(stream -> {
                if (stream.equals(PipelineFixture.CHECKPOINTS)) {
                    recording.countDown();
                }
            });
            await(first.vertx.executeBlocking(() -> recording.await(30, TimeUnit.SECONDS), false));
            await(running.checkpoint());
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).containsExactly("account-1 20", "0 1");
            fixture.crash(first);
            append(fixture, 1, "account-1", 500);
            MemoryStrandline second = fixture.open();
            running = await(fixture.deploy(second, pipeline, options.setTickIntervalMillis(3_600_000), clock));
            await(running.awaitEnd());
            await(running.close());
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).containsExactly("account-1 20", "0 1", "account-1 500");
        }
    }

    /** What a run does again has the numbers that it had, or the log would take it for what it has already. */
    @Test
    void no_tick_is_recorded_before_a_step_whose_outputs_the_log_has() {
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1);
            for (int i = 0; i < 20; i++) {
                append(fixture, i, "account-" + i, 20 + i);
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
            await(fixture.deploy(
                    first, pipeline, options(fixture, 1_000_000).setTickIntervalMillis(3_600_000), new TestClock(0)));
            awaitTrue(first, () -> Ledger.texts(fixture.log, Ledger.SINK).size() == 20);
            fixture.crash(first);
            for (int i = 20; i < 40; i++) {
                append(fixture, i, "account-" + i, 20 + i);
            }
            MemoryStrandline second = fixture.open();
            fixture.log.hold(Ledger.SOURCE, fixture.openPartitions().get(0), 10);
            TestClock clock = new TestClock(1_000);
            RunningPipeline again = await(fixture.deploy(second, pipeline, options(fixture, 1_000_000), clock));
            awaitTrue(
                    second,
                    () -> await(again.position())
                                    .offset(fixture.openPartitions().get(0))
                            == 10);
            awaitAsked(second, clock, 20);
            fixture.log.hold(Ledger.SOURCE, fixture.openPartitions().get(0), Long.MAX_VALUE);
            await(again.awaitEnd());
            await(again.close());
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).hasSize(40).doesNotHaveDuplicates();
        }
    }

    /** What a tick was for is done although the process that made it has gone on with nothing. */
    @Test
    void a_tick_that_was_recorded_and_not_taken_is_taken_by_the_next_run() {
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1);
            append(fixture, 0, "account-1", 20);
            MemoryStrandline first = fixture.open();
            TestClock clock = new TestClock(100);
            await(fixture.deploy(first, windows(), options(fixture, 0).setTickIntervalMillis(10), clock));
            CountDownLatch recorded = new CountDownLatch(1);
            first.watch(call -> {
                if (call.startsWith("append") && call.contains(Ledger.SINK)) {
                    first.crash();
                    recorded.countDown();
                }
            });
            await(first.vertx.executeBlocking(() -> recorded.await(60, TimeUnit.SECONDS), false));
            fixture.crash(first);
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).isEmpty();
            MemoryStrandline strandline = fixture.open();
            RunningPipeline running = await(
                    fixture.deploy(strandline, windows(), options(fixture, 0).setTickIntervalMillis(3_600_000), clock));
            awaitTrue(strandline, () -> !Ledger.texts(fixture.log, Ledger.SINK).isEmpty());
            await(running.close());
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).containsExactly("0 1");
        }
    }
}
