package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Sequence;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tasks that are idle hold windows back while nobody runs them. The times of events rise over the whole source, so one that is late, or a
 * window with a wrong count, comes of a window that did not wait.
 */
class IdlePartTest {

    private static final long SIZE = 50;
    private static final String OTHER = Buckets.OTHER;
    private static final String THROUGH = "_strandline/shuffle-times--by-key";

    @TempDir
    Path directory;

    private final Clock clock = new Clock();

    /** Each look at it is ten milliseconds later, unless it stands still. */
    private static final class Clock implements Ticker.TimeSource {

        private final AtomicLong millis = new AtomicLong();
        private volatile boolean stands;

        @Override
        public long millis() {
            return stands ? millis.get() : millis.addAndGet(10);
        }

        @Override
        public long nanos() {
            return millis.get() * 1_000_000;
        }
    }

    private static Pipeline pipeline() {
        return Pipeline.named("times", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(IdlePartTest::time, Duration.ZERO)
                .keyBy("by-key", TextCodec.STRING, event -> event.substring(event.indexOf(' ') + 1))
                .window(Windows.tumbling(Duration.ofMillis(SIZE)))
                .count("counts")
                .map(window -> window.key() + " " + window.start() + " " + window.value())
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
    }

    private static long time(String event) {
        return Long.parseLong(event.substring(0, event.indexOf(' ')));
    }

    private static void createStreams(MemoryLog log, int partitions) {
        log.createScope("bank");
        log.createStream(Ledger.SOURCE, new StreamOptions().setPartitions(partitions));
        log.createStream(Ledger.SINK, new StreamOptions().setPartitions(2));
    }

    /** Events ten milliseconds apart, each under many routing keys. No partition is silent meanwhile. */
    private void append(MemoryLog log, int from, int to) {
        append(log, Ledger.SOURCE, from, to);
    }

    private void append(MemoryLog log, String stream, int from, int to) {
        clock.stands = true;
        int epoch = log.admit(stream, "events");
        int sequence = 0;
        for (int i = from; i < to; i++) {
            for (int routed = 0; routed < 16; routed++) {
                log.append(
                        stream,
                        "events",
                        new Sequence(epoch, sequence++),
                        "r" + routed,
                        i * 10L + " key-" + (i + routed) % 5);
            }
        }
        clock.stands = false;
    }

    private static List<String> expected(MemoryLog log) {
        Map<String, Integer> counts = new TreeMap<>();
        List<String> events = new ArrayList<>(Ledger.texts(log, Ledger.SOURCE));
        if (log.exists(OTHER)) {
            events.addAll(Ledger.texts(log, OTHER));
        }
        for (String event : events) {
            String window = event.substring(event.indexOf(' ') + 1) + " " + time(event) / SIZE * SIZE;
            counts.merge(window, 1, Integer::sum);
        }
        return counts.entrySet().stream()
                .map(count -> count.getKey() + " " + count.getValue())
                .sorted()
                .toList();
    }

    private static List<String> counts(MemoryLog log) {
        return Ledger.texts(log, Ledger.SINK).stream().sorted().toList();
    }

    private Future<RunningPipeline> deploy(PipelineFixture fixture, MemoryStrandline strandline, Pipeline part) {
        PipelineOptions options =
                fixture.options().setTickIntervalMillis(1).setSilenceMillis(5).setCheckpointEvents(20);
        return fixture.deploy(strandline, part, options, clock);
    }

    private static void awaitCounts(MemoryStrandline strandline, MemoryLog log) {
        awaitTrue(
                strandline,
                "the counts of all windows",
                () -> counts(log).size() >= expected(log).size());
        assertThat(counts(log)).isEqualTo(expected(log));
    }

    /** Whether all tasks of a part have said that they have nothing to say. */
    private static boolean isIdle(MemoryLog log, Pipeline part) {
        Operator.Shuffle shuffle =
                (Operator.Shuffle) part.stages().get(1).topology().source();
        List<Object> records = log.partitions(THROUGH).stream()
                .flatMap(partition -> log.events(THROUGH, partition).stream())
                .map(stored -> decode(shuffle, stored))
                .toList();
        return log.partitionsNow(Ledger.SOURCE).stream()
                .filter(partition -> partition.keys().overlaps(part.topology().keys()))
                .map(partition -> new Shuffled.Mark(part.topology().task(partition.id()), Shuffled.IDLE))
                .allMatch(records::contains);
    }

    private static Object decode(Operator.Shuffle shuffle, MemoryLog.Stored stored) {
        try {
            return Shuffled.codec(shuffle).decode(stored.type(), stored.bytes(), 0, stored.bytes().length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void what_comes_to_an_idle_part_that_is_away_is_not_late() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            createStreams(log, 2);
            List<Pipeline> parts = PipelineParts.all(pipeline(), 2);
            append(log, 0, 30);
            MemoryStrandline one = fixture.open();
            MemoryStrandline other = fixture.open();
            RunningPipeline first = await(deploy(fixture, one, parts.get(0)));
            await(deploy(fixture, other, parts.get(1)));
            awaitCounts(one, log);
            awaitTrue(one, "idle tasks", () -> isIdle(log, parts.get(0)) && isIdle(log, parts.get(1)));
            List<String> before = counts(log);
            fixture.crash(other);
            append(log, 40, 70);
            await(first.awaitEnd());
            await(first.awaitEnd());
            assertThat(counts(log)).isEqualTo(before);
            RunningPipeline second = await(deploy(fixture, fixture.open(), parts.get(1)));
            awaitCounts(one, log);
            for (RunningPipeline each : List.of(first, second)) {
                assertThat(each.lateEvents()).isZero();
                await(each.close());
            }
        }
    }

    /** A part that has read everything that there is may be silent for as long as it likes. */
    @Test
    void a_part_that_is_idle_and_runs_holds_nothing_back() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            createStreams(log, 2);
            List<RunningPipeline> running = new ArrayList<>();
            MemoryStrandline one = fixture.open();
            append(log, 0, 10);
            for (Pipeline part : PipelineParts.all(pipeline(), 2)) {
                running.add(await(deploy(fixture, one, part)));
            }
            awaitCounts(one, log);
            for (int round = 1; round < 4; round++) {
                clock.stands = true;
                for (int i = 0; i < 10; i++) {
                    appendOne(log, "r0", round * 1_000L + i * 10L, "key-" + i % 5);
                }
                clock.stands = false;
                awaitCounts(one, log);
            }
            for (RunningPipeline each : running) {
                assertThat(each.lateEvents()).isZero();
                await(each.close());
            }
        }
    }

    /** No tick comes by itself in the second run. */
    @Test
    void who_waits_for_the_end_finds_the_windows_although_a_task_is_idle() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            createStreams(log, 2);
            append(log, 0, 10);
            MemoryStrandline strandline = fixture.open();
            RunningPipeline running = await(deploy(fixture, strandline, pipeline()));
            awaitCounts(strandline, log);
            awaitTrue(strandline, "idle tasks", () -> isIdle(log, pipeline()));
            await(running.close());
            running = await(
                    fixture.deploy(strandline, pipeline(), fixture.options().setTickIntervalMillis(3_600_000), clock));
            appendOne(log, "r0", 1_000, "key-0");
            appendOne(log, "r0", 1_000 + SIZE, "last");
            await(running.awaitEnd());
            assertThat(counts(log)).contains("key-0 1000 1");
            await(running.close());
        }
    }

    /** The events of one source go through two shuffles, and those of another one through the second alone. */
    private static Pipeline ofTwoSources(BooleanSupplier fails) {
        Pipeline.Builder builder = Pipeline.named("times", 1);
        Events<String> twice = builder.from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(IdlePartTest::time, Duration.ZERO)
                .map(event -> {
                    if (fails.getAsBoolean()) {
                        throw new IllegalStateException("not yet");
                    }
                    return event;
                })
                .keyBy("first", TextCodec.STRING, event -> event);
        return builder.from(OTHER, TextCodec.STRING)
                .eventTime(IdlePartTest::time, Duration.ZERO)
                .merge(twice)
                .keyBy("by-key", TextCodec.STRING, event -> event.substring(event.indexOf(' ') + 1))
                .window(Windows.tumbling(Duration.ofMillis(SIZE)))
                .count("counts")
                .map(window -> window.key() + " " + window.start() + " " + window.value())
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
    }

    /** The task between the shuffles runs and has nothing to do meanwhile. */
    @Test
    void a_task_between_two_shuffles_holds_back_while_the_one_before_it_is_paused() {
        AtomicBoolean failing = new AtomicBoolean();
        assertHeldBack(ofTwoSources(failing::get), log -> failing.set(true), (log, running) -> {
            failing.set(false);
            await(running.resume());
        });
    }

    /** It would take ticks. */
    @Test
    void a_task_holds_back_while_its_source_cannot_be_read() {
        assertHeldBack(
                ofTwoSources(() -> false),
                log -> log.takeAway(Ledger.SOURCE, Integer.MAX_VALUE),
                (log, running) -> log.takeAway(Ledger.SOURCE, 0));
    }

    private void assertHeldBack(
            Pipeline pipeline, Consumer<MemoryLog> stop, BiConsumer<MemoryLog, RunningPipeline> goOn) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            createStreams(log, 1);
            log.createStream(OTHER, new StreamOptions().setPartitions(1));
            append(log, Ledger.SOURCE, 0, 30);
            append(log, OTHER, 0, 30);
            MemoryStrandline strandline = fixture.open();
            RunningPipeline running = await(fixture.deploy(
                    strandline,
                    pipeline,
                    fixture.options()
                            .setTickIntervalMillis(1)
                            .setSilenceMillis(5)
                            .setMaxAttempts(1),
                    clock));
            awaitCounts(strandline, log);
            awaitLooks(strandline, 500); // all are idle
            List<String> before = counts(log);
            stop.accept(log);
            append(log, Ledger.SOURCE, 40, 70);
            append(log, OTHER, 40, 70);
            awaitTrue(strandline, "the other source", () -> await(running.position(OTHER))
                    .equals(log.endNow(OTHER)));
            awaitLooks(strandline, 500);
            assertThat(counts(log)).isEqualTo(before);
            goOn.accept(log, running);
            awaitCounts(strandline, log);
            assertThat(running.lateEvents()).isZero();
            await(running.close());
        }
    }

    private void awaitLooks(MemoryStrandline strandline, int looks) {
        long until = clock.millis.get() + looks * 10L;
        awaitTrue(strandline, looks + " looks", () -> clock.millis.get() >= until);
    }

    private static void appendOne(MemoryLog log, String routingKey, long time, String key) {
        int epoch = log.admit(Ledger.SOURCE, "events");
        log.append(Ledger.SOURCE, "events", new Sequence(epoch, 0), routingKey, time + " " + key);
    }

    // ---- at random

    static LongStream seeds() {
        return PipelineFixture.seeds(12, 500);
    }

    /** Parts, or the whole, are idle, crash, are away while events come, and begin again, while the source is scaled. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_window_waits_for_every_part(long seed) {
        Random random = new Random(seed);
        List<Pipeline> parts = PipelineParts.all(pipeline(), 1 + random.nextInt(3));
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            createStreams(log, 1 + random.nextInt(3));
            MemoryStrandline[] processes = new MemoryStrandline[parts.size()];
            List<Future<RunningPipeline>> running = new ArrayList<>();
            for (int i = 0; i < processes.length; i++) {
                processes[i] = fixture.open();
                running.add(deploy(fixture, processes[i], parts.get(i)));
            }
            long now = 0;
            for (int round = 0; round < 6; round++) {
                int part = random.nextInt(parts.size());
                boolean isAway = random.nextInt(3) > 0;
                if (isAway) {
                    fixture.crash(processes[part]);
                } else {
                    MemoryStrandline crashing = processes[part];
                    Runnable called = crashing.crashingAt(random.nextInt(400));
                    crashing.watch(call -> called.run());
                }
                now = events(log, random, now);
                if (random.nextInt(3) == 0) {
                    Scalings.atRandom(log, Ledger.SOURCE, random);
                }
                await(fixture.open().vertx.timer(random.nextInt(60) + 1).mapEmpty());
                if (!isAway) {
                    fixture.crash(processes[part]);
                }
                processes[part] = fixture.open();
                running.set(part, deploy(fixture, processes[part], parts.get(part)));
            }
            events(log, random, now);
            MemoryStrandline waiting = fixture.open();
            awaitCounts(waiting, log);
            for (Future<RunningPipeline> each : running) {
                assertThat(await(each).lateEvents()).isZero();
                await(await(each).close());
            }
        }
    }

    /** A pause in event time that is longer than a silence takes it, then events of a few routing keys. */
    private long events(MemoryLog log, Random random, long from) {
        clock.stands = true;
        long now = from + 4 * SIZE;
        String[] keys = new String[1 + random.nextInt(6)];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "r" + random.nextInt(1_000);
        }
        for (int i = 0; i < 40; i++) {
            now += random.nextInt(10);
            appendOne(log, keys[random.nextInt(keys.length)], now, "key-" + random.nextInt(12));
        }
        clock.stands = false;
        return now;
    }
}
