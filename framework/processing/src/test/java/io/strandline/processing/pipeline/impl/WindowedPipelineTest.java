package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Sequence;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Windows, sessions, timers and late events in a pipeline with checkpoints, through crashes and scalings. */
class WindowedPipelineTest {

    private static final int EVENTS = 1_500;
    private static final String LATE = "bank/late";

    static LongStream seeds() {
        return PipelineFixture.seeds(5, 100);
    }

    /** Events are {@code account time}, out of order by up to 40 ms where 30 are expected. */
    private static void append(PipelineFixture fixture, int from, int to, long seed) {
        Random random = new Random(seed);
        List<String> events = new ArrayList<>();
        for (int i = from; i < to; i++) {
            events.add("account-" + random.nextInt(20) + " " + (i - random.nextInt(40)));
        }
        Ledger.append(fixture.log, Ledger.SOURCE, "clock " + from, events);
    }

    private static long time(String event) {
        return Long.parseLong(event.substring(event.indexOf(' ') + 1));
    }

    /** @param step is called for every event */
    private static Pipeline pipeline(Runnable step) {
        Events<String> events = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(WindowedPipelineTest::time, Duration.ofMillis(30));
        KeyedEvents<String> keyed = events.filter(event -> {
                    step.run();
                    return true;
                })
                .keyBy(Ledger::account);
        keyed.window(Windows.tumbling(Duration.ofMillis(50)))
                .lateTo(LATE, TextCodec.STRING)
                .count("tumbling")
                .map(Object::toString)
                .to(Ledger.SINK, TextCodec.STRING);
        keyed.window(Windows.session(Duration.ofMillis(20)))
                .allowedLateness(Duration.ofMillis(30))
                .reduce("sessions", TextCodec.STRING, (one, other) -> one + ", " + other)
                .map(Object::toString)
                .to(Ledger.SINK, TextCodec.STRING);
        return keyed.<String, String>process(
                        "silences",
                        TextCodec.STRING,
                        key -> "",
                        (last, event, at) -> {
                            if (!last.isEmpty()) {
                                at.clearTimer(time(last) + 70);
                            }
                            at.setTimer(time(event) + 70);
                            return event;
                        },
                        (last, at) -> {
                            at.emit("silent since " + last + " at " + at.offset() + ", " + at.watermark());
                            return null;
                        })
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
    }

    private static void createStreams(PipelineFixture fixture, int partitions) {
        Ledger.createStreams(fixture.log, partitions);
        fixture.log.createStream(LATE, new StreamOptions().setPartitions(1));
    }

    /** Returns the number of late events. */
    private static long runToTheEnd(PipelineFixture fixture) {
        return fixture.run(pipeline(() -> {}), fixture.options()).lateEvents();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void outputs_are_those_of_an_undisturbed_run_whatever_crashes(long seed) throws Exception {
        Random random = new Random(seed);
        int partitions = 1 + random.nextInt(3);
        Map<String, List<String>> expected;
        int late;
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            createStreams(fixture, partitions);
            append(fixture, 0, EVENTS, seed);
            long counted = runToTheEnd(fixture);
            expected = Ledger.actualOutputs(fixture.log);
            late = Ledger.texts(fixture.log, LATE).size();
            // Late for one of the two windows at least.
            assertThat(counted).isGreaterThanOrEqualTo(late).isPositive();
            assertThat(late).isPositive();
        }
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            createStreams(fixture, partitions);
            append(fixture, 0, EVENTS, seed);
            for (int life = 0; life < 3; life++) {
                int crashAt = random.nextInt(EVENTS / 2) + (life == 0 ? 401 : 0);
                fixture.crashAt(crashAt, WindowedPipelineTest::pipeline, fixture.options());
            }
            runToTheEnd(fixture);
            assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(expected);
            assertThat(Ledger.texts(fixture.log, LATE)).hasSize(late);
        }
    }

    /** The state of windows that are open moves with its keys. */
    @Test
    void no_event_is_lost_from_a_window_over_splits_and_merges() {
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            createStreams(fixture, 1);
            MemoryStrandline strandline = fixture.open();
            Pipeline pipeline = Pipeline.named("ledger", 1)
                    .from(Ledger.SOURCE, TextCodec.STRING)
                    .eventTime(WindowedPipelineTest::time, Duration.ofSeconds(10))
                    .keyBy(Ledger::account)
                    .window(Windows.tumbling(Duration.ofSeconds(1)))
                    .lateTo(LATE, TextCodec.STRING)
                    .count("counts")
                    .map(window -> String.valueOf(window.value()))
                    .to(Ledger.SINK, TextCodec.STRING)
                    .build();
            RunningPipeline running = await(fixture.deploy(strandline, pipeline, fixture.options()));
            append(fixture, 0, 500, 1);
            await(running.awaitEnd());
            Scalings.split(fixture.log, Ledger.SOURCE, 0, 0);
            append(fixture, 500, 1_000, 2);
            await(running.awaitEnd());
            Scalings.merge(fixture.log, Ledger.SOURCE, 0, 2, 0);
            append(fixture, 1_000, 1_500, 3);
            append(fixture, 20_000, 20_001, 4);
            await(running.awaitEnd());
            await(running.close());
            long counted = Ledger.texts(fixture.log, Ledger.SINK).stream()
                    .mapToLong(Long::parseLong)
                    .sum();
            assertThat(counted).isEqualTo(1_500);
            assertThat(Ledger.texts(fixture.log, LATE)).isEmpty();
        }
    }

    /** More results than are passed on at once, and an event that waits after them. */
    @Test
    void everything_that_is_due_comes_before_the_next_event() {
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            createStreams(fixture, 1);
            int epoch = fixture.log.admit(Ledger.SOURCE, "one by one");
            for (int i = 0; i < 3_000; i++) {
                append(fixture, epoch, i, "account-" + (10_000 + i), 1);
            }
            append(fixture, epoch, 3_000, "account-0", 1_000);
            append(fixture, epoch, 3_001, "account-12999", 1_001);
            MemoryStrandline strandline = fixture.open();
            KeyedEvents<String> events = Pipeline.named("ledger", 1)
                    .from(Ledger.SOURCE, TextCodec.STRING)
                    .eventTime(WindowedPipelineTest::time, Duration.ZERO)
                    .keyByRoutingKey();
            events.to(Ledger.SINK, TextCodec.STRING);
            Pipeline pipeline = events.window(Windows.tumbling(Duration.ofMillis(100)))
                    .count("counts")
                    .map(window -> "window of " + window.start())
                    .to(Ledger.SINK, TextCodec.STRING)
                    .build();
            RunningPipeline running = await(fixture.deploy(
                    strandline,
                    pipeline,
                    fixture.options().setCheckpointEvents(100_000).setMaxReplayEvents(100_000)));
            await(running.awaitEnd());
            await(running.close());
            assertThat(Ledger.actualOutputs(fixture.log).get("account-12999"))
                    .containsExactly("account-12999 1", "window of 0", "account-12999 1001");
        }
    }

    private static void append(PipelineFixture fixture, int epoch, int number, String account, long time) {
        fixture.log.append(Ledger.SOURCE, "one by one", new Sequence(epoch, number), account, account + " " + time);
    }
}
