package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StreamCut;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.operator.MarkKeys;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Event time after a shuffle is that of the task before it that lags most. The times of events rise in each partition of the
 * source, and far apart between partitions. So an event that is late, or a window with a wrong count, comes of a window that did
 * not wait.
 */
class ShuffleTimeTest {

    private static final long SIZE = 50;
    private static final long END = 100_000;

    /** An event is {@code time key}. */
    private static Pipeline pipeline() {
        return pipeline(event -> event);
    }

    /** @param before is called for each event before the shuffle */
    private static Pipeline pipeline(UnaryOperator<String> before) {
        Pipeline.Builder builder = Pipeline.named("times", 1);
        counted(builder.from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(ShuffleTimeTest::time, Duration.ZERO)
                .map(before));
        return builder.build();
    }

    private static void counted(Events<String> events) {
        events.keyBy("by-key", TextCodec.STRING, event -> event.substring(event.indexOf(' ') + 1))
                .window(Windows.tumbling(Duration.ofMillis(SIZE)))
                .count("counts")
                .map(window -> window.key() + " " + window.start() + " " + window.value())
                .to(Ledger.SINK, TextCodec.STRING);
    }

    private static final String THROUGH = "_strandline/shuffle-times--by-key";

    private static long time(String event) {
        return Long.parseLong(event.substring(0, event.indexOf(' ')));
    }

    private static void append(MemoryLog log, String routingKey, long time, String key) {
        append(log, Ledger.SOURCE, routingKey, time, key);
    }

    private static void append(MemoryLog log, String stream, String routingKey, long time, String key) {
        int epoch = log.admit(stream, "events");
        log.append(stream, "events", new Sequence(epoch, 0), routingKey, time + " " + key);
    }

    /** Events of an open partition, ten milliseconds apart. */
    private static void appendRange(MemoryLog log, int index, int from, int to) {
        for (int i = from; i < to; i++) {
            append(log, keyOf(log, index), i * 10L, "key-" + i % 3);
        }
    }

    /** A routing key of an open partition of the source. */
    private static String keyOf(MemoryLog log, int index) {
        PartitionDescription partition = log.partitionsNow(Ledger.SOURCE).get(index);
        for (int i = 0; ; i++) {
            byte[] bytes = ("r" + i).getBytes(StandardCharsets.UTF_8);
            if (partition.keys().contains(KeyHash.of(bytes, 0, bytes.length))) {
                return "r" + i;
            }
        }
    }

    private static List<String> counts(MemoryLog log) {
        List<String> counts = new ArrayList<>(Ledger.texts(log, Ledger.SINK));
        counts.sort(null);
        return counts;
    }

    private static List<String> expected(MemoryLog log) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String event : Ledger.texts(log, Ledger.SOURCE)) {
            long start = time(event) / SIZE * SIZE;
            if (start < END) {
                counts.merge(event.substring(event.indexOf(' ') + 1) + " " + start, 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .map(count -> count.getKey() + " " + count.getValue())
                .sorted()
                .toList();
    }

    /** A last event for each partition, and an end, which tells everybody how far its task came. */
    private static void finish(MemoryLog log) {
        int open = log.partitionsNow(Ledger.SOURCE).size();
        for (int i = 0; i < open; i++) {
            append(log, keyOf(log, i), END, "end");
        }
        for (int i = 0; i < open; i++) {
            Scalings.split(log, Ledger.SOURCE, 2 * i, 0);
        }
    }

    @Test
    void a_task_that_had_no_event_holds_windows_back_until_it_has_one(@TempDir Path directory) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 2);
            RunningPipeline running = await(fixture.deploy(fixture.open(), pipeline(), fixture.options()));
            appendRange(log, 0, 0, 200);
            await(running.awaitEnd());
            assertThat(counts(log)).isEmpty();
            append(log, keyOf(log, 1), 1_000, "key-0");
            await(running.awaitEnd());
            assertThat(counts(log)).isEqualTo(expectedBefore(log, 1_000));
            await(running.close());
        }
    }

    /** The event that ends the windows goes to one of eight tasks, and the others are to be told of it. */
    @Test
    void at_the_end_there_is_each_window_that_the_events_before_it_have_ended(@TempDir Path directory) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 2);
            MemoryStrandline strandline = fixture.open();
            PipelineOptions options = fixture.options().setShufflePartitions(8);
            for (int run = 0; run < 2; run++) {
                RunningPipeline running = await(fixture.deploy(strandline, pipeline(), options));
                for (int part = 0; part < 3; part++) {
                    int from = (3 * run + part) * 10;
                    appendRange(log, 0, from, from + 10);
                    appendRange(log, 1, from, from + 10);
                    long end = (from + 10) * 10L;
                    append(log, keyOf(log, 0), end, "last");
                    append(log, keyOf(log, 1), end, "last");
                    await(running.awaitEnd());
                    assertThat(counts(log)).isEqualTo(expectedBefore(log, end));
                }
                await(running.awaitEnd());
                assertThat(running.lateEvents()).isZero();
                await(running.close());
            }
        }
    }

    /** Nothing can be told while a task is paused, so who waits for the windows waits for that too. */
    @Test
    void windows_that_have_ended_are_waited_for_while_the_pipeline_is_paused(@TempDir Path directory) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 2);
            MemoryStrandline strandline = fixture.open();
            RunningPipeline running = await(
                    fixture.deploy(strandline, pipeline(), fixture.options().setShufflePartitions(8)));
            appendUntil(log, 10);
            await(running.awaitEnd());
            long end = appendUntil(log, 20);
            awaitTrue(strandline, "all events", () -> await(running.position()).equals(log.endNow(Ledger.SOURCE)));
            await(running.pause());
            Future<?> first = running.awaitEnd();
            Future<?> second = running.awaitPosition(log.endNow(Ledger.SOURCE));
            await(running.checkpoint());
            await(running.checkpoint());
            await(running.resume());
            await(first);
            assertThat(counts(log)).isEqualTo(expectedBefore(log, end));
            await(second);
            await(running.close());
        }
    }

    /** The failure of a step after the awaited events keeps the task from telling how far they go. */
    @Test
    void who_waits_for_windows_hears_of_the_failure_that_holds_them_up(@TempDir Path directory) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 2);
            MemoryStrandline strandline = fixture.open();
            AtomicBoolean failing = new AtomicBoolean(true);
            RunningPipeline running = await(fixture.deploy(
                    strandline,
                    pipeline(event -> {
                        if (failing.get() && event.endsWith("poison")) {
                            throw new IllegalStateException("not yet");
                        }
                        return event;
                    }),
                    fixture.options()
                            .setShufflePartitions(8)
                            .setMaxAttempts(1)
                            .setTickIntervalMillis(3_600_000))); // nothing is told but to those who wait
            appendUntil(log, 10);
            await(running.awaitEnd());
            long end = appendUntil(log, 20);
            StreamCut cut = log.endNow(Ledger.SOURCE);
            // The first failure pauses both tasks, so both are to be there before.
            awaitTrue(strandline, "the events before the cut", () -> await(running.position())
                    .equals(cut));
            append(log, keyOf(log, 0), end, "poison");
            append(log, keyOf(log, 1), end, "poison");
            awaitTrue(
                    strandline,
                    "a failure after the cut",
                    () -> running.status().state() == PipelineStatus.State.FAILED);
            assertThatThrownBy(() -> await(running.awaitPosition(cut))).hasMessageContaining("not yet");
            assertThat(running.status().state()).isEqualTo(PipelineStatus.State.FAILED);
            failing.set(false);
            await(running.resume());
            await(running.awaitPosition(cut));
            assertThat(counts(log)).isEqualTo(expectedBefore(log, end));
            await(running.close());
        }
    }

    /** Two events in ten milliseconds each, and a last one for each task. Returns the time of the last ones. */
    private static long appendUntil(MemoryLog log, int to) {
        appendRange(log, 0, to - 10, to);
        appendRange(log, 1, to - 10, to);
        append(log, keyOf(log, 0), to * 10L, "last");
        append(log, keyOf(log, 1), to * 10L, "last");
        return to * 10L;
    }

    private static List<String> expectedBefore(MemoryLog log, long end) {
        return expected(log).stream()
                .filter(count -> Long.parseLong(count.split(" ", -1)[1]) < end)
                .toList();
    }

    /** Each look at the clock is ten milliseconds later. A partition is silent at once. */
    private static RunningPipeline ticking(PipelineFixture fixture, MemoryStrandline strandline) {
        AtomicLong millis = new AtomicLong();
        Ticker.TimeSource time = new Ticker.TimeSource() {

            @Override
            public long millis() {
                return millis.addAndGet(10);
            }

            @Override
            public long nanos() {
                return millis.get() * 1_000_000;
            }
        };
        return await(fixture.deploy(
                strandline,
                pipeline(),
                fixture.options().setTickIntervalMillis(1).setSilenceMillis(0),
                time));
    }

    private static void awaitCounts(MemoryStrandline strandline, MemoryLog log) {
        awaitTrue(
                strandline,
                "the counts of all windows",
                () -> counts(log).size() >= expected(log).size());
        assertThat(counts(log)).isEqualTo(expected(log));
    }

    @Test
    void a_silent_task_that_had_no_event_holds_nothing_back(@TempDir Path directory) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 3);
            appendRange(log, 1, 0, 200);
            MemoryStrandline strandline = fixture.open();
            RunningPipeline running = ticking(fixture, strandline);
            awaitCounts(strandline, log);
            append(log, keyOf(log, 0), 10_000, "key-0");
            awaitCounts(strandline, log);
            assertThat(running.lateEvents()).isZero();
            await(running.close());
        }
    }

    /** A successor may never have an event of its own. */
    @Test
    void windows_go_on_after_a_split_although_one_half_is_silent(@TempDir Path directory) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 1);
            appendRange(log, 0, 0, 100);
            MemoryStrandline strandline = fixture.open();
            RunningPipeline running = ticking(fixture, strandline);
            awaitCounts(strandline, log);
            Scalings.split(log, Ledger.SOURCE, 0, 0);
            appendRange(log, 1, 200, 300);
            awaitCounts(strandline, log);
            await(running.close());
        }
    }

    @Test
    void a_task_that_has_ended_holds_nothing_back(@TempDir Path directory) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 2);
            RunningPipeline running = await(fixture.deploy(fixture.open(), pipeline(), fixture.options()));
            appendRange(log, 0, 0, 200);
            await(running.awaitEnd());
            Scalings.merge(log, Ledger.SOURCE, 0, 2, 2);
            append(log, "any", 5_000, "key-0");
            await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
            assertThat(counts(log)).isEqualTo(expectedBefore(log, 5_000));
            await(running.close());
        }
    }

    /** What comes after the shuffle is asked after each restart, which finds nothing of the tasks of that source. */
    @Test
    void a_source_that_is_sealed_and_read_to_its_end_holds_nothing_back_after_a_restart(@TempDir Path directory) {
        Pipeline.Builder builder = Pipeline.named("times", 1);
        counted(builder.from(Buckets.OTHER, TextCodec.STRING)
                .eventTime(ShuffleTimeTest::time, Duration.ZERO)
                .merge(builder.from(Ledger.SOURCE, TextCodec.STRING).eventTime(ShuffleTimeTest::time, Duration.ZERO)));
        Pipeline pipeline = builder.build();
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Buckets.createStreams(log, 1);
            for (int i = 0; i < 20; i++) {
                append(log, Buckets.OTHER, "any", i * 10L, "old");
            }
            Set<Long> open = Set.of(log.partitionsNow(Buckets.OTHER).get(0).id());
            log.scale(Buckets.OTHER, open, List.of(), 0);
            List<String> old = List.of("old 0 5", "old 100 5", "old 150 5", "old 50 5");
            for (int run = 0; run < 3; run++) {
                MemoryStrandline strandline = fixture.open();
                RunningPipeline running = await(fixture.deploy(strandline, pipeline, fixture.options()));
                appendRange(log, 0, 20 + 20 * run, 40 + 20 * run);
                long end = 400 + 200L * run;
                append(log, keyOf(log, 0), end, "last");
                await(running.awaitEnd());
                List<String> expected = new ArrayList<>(expectedBefore(log, end));
                expected.addAll(old);
                expected.sort(null);
                assertThat(counts(log)).isEqualTo(expected);
                if (run == 0) {
                    await(running.close());
                } else {
                    await(running.checkpoint());
                    fixture.crash(strandline);
                }
            }
        }
    }

    /** A crash leaves the end under the keys of one partition, and then the partitions become one, and two again. */
    @Test
    void a_task_whose_end_was_told_in_part_before_a_merge_holds_nothing_back(@TempDir Path directory) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 1);
            PipelineOptions options = fixture.options().setShufflePartitions(2);
            MemoryStrandline first = fixture.open();
            RunningPipeline running = await(fixture.deploy(first, pipeline(), options));
            appendRange(log, 0, 0, 20);
            await(running.awaitEnd());
            AtomicLong told = new AtomicLong();
            first.watch(call -> {
                if (call.equals("append " + THROUGH) && told.incrementAndGet() > MarkKeys.COUNT / 2) {
                    first.crash();
                }
            });
            Scalings.split(log, Ledger.SOURCE, 0, 0);
            await(first.untilCrash());
            fixture.crash(first);
            Scalings.merge(log, THROUGH, 0, 2, 0);
            Scalings.split(log, THROUGH, 0, 0);
            running = await(fixture.deploy(fixture.open(), pipeline(), options));
            append(log, keyOf(log, 0), END, "last");
            append(log, keyOf(log, 1), END, "last");
            await(running.awaitEnd());
            assertThat(counts(log)).isEqualTo(expected(log));
            assertThat(running.lateEvents()).isZero();
            await(running.close());
        }
    }

    static LongStream seeds() {
        return PipelineFixture.seeds(15, 500);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_window_waits_for_all_tasks_whatever_is_scaled_and_crashes(long seed) {
        Random random = new Random(seed);
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 1 + random.nextInt(3));
            long[] now = {0};
            events(log, random, now);
            for (int life = 0; life < 4; life++) {
                liveAndCrash(fixture, random, now);
            }
            finish(log);
            RunningPipeline running = await(fixture.deploy(fixture.open(), pipeline(), fixture.options()));
            await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
            assertThat(running.lateEvents()).isZero();
            await(running.close());
            assertThat(counts(log)).isEqualTo(expected(log));
        }
    }

    private static void events(MemoryLog log, Random random, long[] now) {
        String[] keys = new String[1 + random.nextInt(8)];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "r" + random.nextInt(1_000);
        }
        for (int i = 0; i < 100; i++) {
            now[0] += random.nextInt(6);
            append(log, keys[random.nextInt(keys.length)], now[0], "key-" + random.nextInt(12));
        }
    }

    private static void liveAndCrash(PipelineFixture fixture, Random random, long[] now) {
        MemoryStrandline strandline = fixture.open();
        int crashAt = 100 + random.nextInt(800);
        Runnable called = strandline.crashingAt(crashAt - 1);
        strandline.watch(call -> called.run());
        Future<RunningPipeline> deployed =
                fixture.deploy(strandline, pipeline(), fixture.options().setCheckpointEvents(20));
        for (int i = 0; i < 3; i++) {
            String stream = random.nextBoolean() && fixture.log.exists(THROUGH) ? THROUGH : Ledger.SOURCE;
            Scalings.atRandom(fixture.log, stream, random);
            events(fixture.log, random, now);
        }
        Future<?> done = deployed.compose(running -> running.awaitPosition(fixture.log.endNow(Ledger.SOURCE))
                .onSuccess(reached -> assertThat(running.lateEvents()).isZero()));
        fixture.awaitEndOrCrash(strandline, done);
    }
}
