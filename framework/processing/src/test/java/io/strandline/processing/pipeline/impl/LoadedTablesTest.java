package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tables that are loaded first: at each start no event comes to a join before the table has been read up to the end that it had
 * then. Events are {@code account time}, values of the table {@code account generation}.
 */
class LoadedTablesTest extends OnPipelineFixture {

    private static final EventCodec<String> TEXT = TextCodec.STRING;
    private static final String EVENTS = Ledger.SOURCE;
    private static final String TABLE = Buckets.OTHER;
    private static final String THROUGH = "_strandline/shuffle-ledger--named";
    private static final int ACCOUNTS = 8;

    private static String same(String row) {
        return row;
    }

    @BeforeEach
    void createStreams() {
        Buckets.createStreams(log, 2);
    }

    private static Pipeline pipeline(UnaryOperator<String> row, boolean first) {
        Pipeline.Builder builder = Pipeline.named("ledger", 1);
        KeyedTable<String> names =
                builder.from(TABLE, TEXT).map(row).keyBy(Ledger::account).asTable("names", TEXT);
        return builder.from(EVENTS, TEXT)
                .eventTime(LoadedTablesTest::number, Duration.ZERO)
                .keyBy(Ledger::account)
                .leftJoin("named", first ? names : names.asItComes(), TEXT, (event, name) -> event + " + " + name)
                .to(Ledger.SINK, TEXT)
                .build();
    }

    private static long number(String text) {
        return Long.parseLong(text.substring(text.indexOf(' ') + 1));
    }

    /** The value of each account is of this generation from now on. */
    private static void appendTable(MemoryLog log, int generation) {
        Ledger.append(
                log,
                TABLE,
                "table",
                IntStream.range(0, ACCOUNTS)
                        .mapToObj(i -> "account-" + i + " " + generation)
                        .toList());
    }

    private static void appendEvents(MemoryLog log, int from, int to) {
        Ledger.append(
                log,
                EVENTS,
                "events",
                IntStream.range(from, to)
                        .mapToObj(i -> "account-" + i % ACCOUNTS + " " + i)
                        .toList());
    }

    private PipelineOptions options() {
        return fixture.options().setRetryBackOffMillis(1).setMaxRetryBackOffMillis(1);
    }

    private RunningPipeline deploy(MemoryStrandline strandline, Pipeline pipeline) {
        return await(fixture.deploy(strandline, pipeline, options()));
    }

    /** Event → generation of the table's value that it met. */
    private static Map<Long, String> generations(MemoryLog log) {
        Map<Long, String> generations = new HashMap<>();
        for (String output : Ledger.texts(log, Ledger.SINK)) {
            int plus = output.indexOf(" + ");
            assertThat(generations.put(
                            number(output.substring(0, plus)), output.substring(output.lastIndexOf(' ') + 1)))
                    .as(output)
                    .isNull();
        }
        return generations;
    }

    private static void assertGeneration(MemoryLog log, int events, int generation) {
        assertThat(generations(log).values()).hasSize(events).allMatch(found -> found.equals("" + generation));
    }

    @Test
    void events_that_were_there_before_the_table_find_it_whole() {
        appendEvents(log, 0, 100);
        appendTable(log, 1);
        appendTable(log, 2);
        RunningPipeline running = deploy(fixture.open(), pipeline(LoadedTablesTest::same, true));
        await(running.awaitEnd());
        assertGeneration(log, 100, 2);
        await(running.close());
    }

    @Test
    void every_start_loads_what_has_come_since() {
        appendTable(log, 1);
        await(deploy(fixture.open(), pipeline(LoadedTablesTest::same, true)).close());
        appendEvents(log, 0, 100);
        appendTable(log, 2);
        RunningPipeline running = deploy(fixture.open(), pipeline(LoadedTablesTest::same, true));
        await(running.awaitEnd());
        assertGeneration(log, 100, 2);
        await(running.close());
    }

    static LongStream seeds() {
        return PipelineFixture.seeds(10, 500);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void no_event_meets_an_older_value_whatever_is_scaled_and_crashes(long seed) {
        Random random = new Random(seed);
        try (PipelineFixture simulated = PipelineFixture.onSimulatedDisk()) {
            Buckets.createStreams(simulated.log, 1 + random.nextInt(2));
            List<Integer> oldest = new ArrayList<>();
            int generation = 0;
            for (int life = 0; life < 4; life++) {
                appendEvents(simulated.log, 80 * life, 80 * life + 40);
                if (life == 0 || random.nextBoolean()) {
                    generation = life;
                    appendTable(simulated.log, generation);
                }
                oldest.add(generation);
                liveAndCrash(simulated, random, life);
            }
            simulated.run(pipeline(LoadedTablesTest::same, true), simulated.options());
            Map<Long, String> generations = generations(simulated.log);
            assertThat(generations).hasSize(320);
            generations.forEach((event, found) -> assertThat(found)
                    .as("generation for event %s", event)
                    .isNotEqualTo("null")
                    .satisfies(text ->
                            assertThat(Integer.parseInt(text)).isGreaterThanOrEqualTo(oldest.get((int) (event / 80)))));
        }
    }

    private static void liveAndCrash(PipelineFixture fixture, Random random, int life) {
        MemoryStrandline strandline = fixture.open();
        Runnable called = strandline.crashingAt(random.nextInt(500));
        strandline.watch(call -> called.run());
        Future<RunningPipeline> deployed = fixture.deploy(
                strandline,
                pipeline(LoadedTablesTest::same, true),
                fixture.options().setCheckpointEvents(15).setMaxReplayEvents(30));
        Scalings.atRandom(fixture.log, random.nextBoolean() ? EVENTS : TABLE, random);
        if (fixture.log.exists(THROUGH) && random.nextBoolean()) {
            Scalings.atRandom(fixture.log, THROUGH, random);
        }
        appendEvents(fixture.log, 80 * life + 40, 80 * life + 80);
        fixture.awaitEndOrCrash(strandline, deployed.compose(RunningPipeline::awaitEnd));
    }

    @Test
    void an_empty_table_holds_nothing_up() {
        appendEvents(log, 0, 20);
        RunningPipeline running = deploy(fixture.open(), pipeline(LoadedTablesTest::same, true));
        await(running.awaitEnd());
        assertThat(generations(log).values()).hasSize(20).containsOnly("null");
        await(running.close());
    }

    @Test
    void a_table_that_grows_while_it_is_loaded_is_loaded_up_to_its_end_at_the_start() {
        MemoryStrandline strandline = fixture.open();
        appendEvents(log, 0, 20);
        appendTable(log, 1);
        AtomicInteger generation = new AtomicInteger(1);
        AtomicBoolean grows = new AtomicBoolean(true);
        RunningPipeline running = deploy(
                strandline,
                pipeline(
                        row -> {
                            if (grows.get() && row.startsWith("account-0")) {
                                appendTable(log, generation.incrementAndGet());
                            }
                            return row;
                        },
                        true));
        awaitTrue(strandline, "outputs", () -> Ledger.texts(log, Ledger.SINK).size() == 20);
        grows.set(false);
        await(running.awaitEnd());
        assertThat(generations(log).values()).doesNotContain("null");
        await(running.close());
    }

    // ---- a table that cannot be loaded for now

    private static final String REFUSED = "account-3 30";

    private final AtomicBoolean isRefused = new AtomicBoolean(true);

    private String refuse(String row) {
        if (isRefused.get() && row.equals(REFUSED)) {
            throw new IllegalStateException("not this one");
        }
        return row;
    }

    private static void awaitFailure(MemoryStrandline strandline, RunningPipeline running) {
        awaitTrue(strandline, "a failure", () -> running.status().state() == State.FAILED);
    }

    private static List<PipelineDescription.Task> tasks(RunningPipeline running, Hold hold) {
        return await(running.describe()).tasks().stream()
                .filter(task -> task.hold() == hold)
                .toList();
    }

    @Test
    void events_wait_for_a_table_that_cannot_be_read_and_say_so() {
        MemoryStrandline strandline = fixture.open();
        appendTable(log, 30);
        appendEvents(log, 0, 100);
        RunningPipeline running = deploy(strandline, pipeline(this::refuse, true));
        awaitFailure(strandline, running);
        assertThatThrownBy(() -> await(running.awaitPosition(log.endNow(EVENTS))))
                .hasMessageContaining("not this one");
        assertThatThrownBy(() -> await(running.awaitEnd())).hasMessageContaining("not this one");
        assertThat(tasks(running, Hold.TABLE)).hasSize(2).allSatisfy(task -> {
            assertThat(task.waitsFor()).matches("table names: \\d of \\d events");
            assertThat(task.offset()).isZero();
        });
        assertThat(await(running.describe()).toText()).contains("now TABLE, waits for table names: ");
        // Neither lifts the brake.
        await(running.pause());
        await(running.resume());
        awaitFailure(strandline, running);
        await(running.checkpoint());
        assertThat(tasks(running, Hold.TABLE)).hasSize(2);
        assertThat(Ledger.texts(log, Ledger.SINK)).isEmpty();

        isRefused.set(false);
        await(running.resume());
        await(running.awaitEnd());
        assertGeneration(log, 100, 30);
        assertThat(tasks(running, Hold.TABLE)).isEmpty();
        await(running.close());
    }

    @Test
    void a_table_of_a_checkpoint_waits_for_what_came_since() {
        appendTable(log, 1);
        MemoryStrandline strandline = fixture.open();
        await(deploy(strandline, pipeline(this::refuse, true)).close());
        appendTable(log, 30);
        appendEvents(log, 0, 100);
        RunningPipeline running = deploy(strandline, pipeline(this::refuse, true));
        awaitFailure(strandline, running);
        assertThat(tasks(running, Hold.TABLE)).isNotEmpty().allSatisfy(task -> assertThat(task.waitsFor())
                .matches("table names: \\d of \\d events since the checkpoint"));
        await(running.close());
    }

    @Test
    void a_pipeline_that_loads_closes_and_loads_in_the_next_run() {
        MemoryStrandline strandline = fixture.open();
        appendTable(log, 30);
        appendEvents(log, 0, 100);
        RunningPipeline running = deploy(strandline, pipeline(this::refuse, true));
        awaitFailure(strandline, running);
        await(running.close());
        assertThat(Ledger.texts(log, Ledger.SINK)).isEmpty();
        isRefused.set(false);
        fixture.run(pipeline(this::refuse, true), options());
        assertGeneration(log, 100, 30);
    }

    @Test
    void events_do_not_wait_for_a_table_that_is_taken_as_it_comes() {
        MemoryStrandline strandline = fixture.open();
        appendTable(log, 30);
        appendEvents(log, 0, 100);
        RunningPipeline running = deploy(strandline, pipeline(this::refuse, false));
        awaitTrue(strandline, "outputs", () -> Ledger.texts(log, Ledger.SINK).size() == 100);
        assertThat(generations(log).values()).contains("null");
        await(running.close());
    }

    /** Otherwise what fills the table waits for a stage that waits for the table. */
    @Test
    void a_stage_that_loads_a_table_is_not_braked() {
        MemoryStrandline strandline = fixture.open();
        AtomicInteger looks = new AtomicInteger();
        strandline.watch(call -> {
            if (call.equals("describe _strandline/shuffle-ledger--once")) {
                looks.incrementAndGet();
            }
        });
        for (int generation = 1; generation <= 30; generation++) {
            appendTable(log, generation);
        }
        appendEvents(log, 0, 50);
        Pipeline.Builder builder = Pipeline.named("ledger", 1);
        KeyedTable<String> names = builder.from(TABLE, TEXT)
                .map(this::refuse)
                .keyBy(Ledger::account)
                .asTable("names", TEXT);
        Pipeline twice = builder.from(EVENTS, TEXT)
                .keyBy(Ledger::account)
                .leftJoin("once", names, TEXT, (event, name) -> event)
                .keyBy(Ledger::account)
                .leftJoin("named", names, TEXT, (event, name) -> event + " + " + name)
                .to(Ledger.SINK, TEXT)
                .build();
        RunningPipeline running =
                await(fixture.deploy(strandline, twice, options().setMaxShuffleLag(10)));
        awaitFailure(strandline, running);
        int before = looks.get();
        awaitTrue(strandline, "looks for stages that lag", () -> looks.get() > before + 3);
        isRefused.set(false);
        await(running.resume());
        await(running.awaitEnd());
        assertGeneration(log, 50, 30);
        await(running.close());
    }

    /** The source of the events is silent, and then brings the past. The table is of today. */
    @Test
    void the_times_of_a_table_make_no_event_late() {
        MemoryStrandline strandline = fixture.open();
        String past = "bank/past";
        log.createStream(past, new StreamOptions().setPartitions(1));
        Pipeline counts = countsOf(past);
        appendTable(log, 1);
        FastTime time = new FastTime();
        RunningPipeline running =
                await(fixture.deploy(strandline, counts, options().setTickIntervalMillis(1), time));
        awaitTrue(strandline, "silence", () -> isIdle(counts, past));
        time.stops = true;
        await(running.awaitEnd());
        assertThat(watermarks(running)).containsOnly(Long.MIN_VALUE);
        Ledger.append(
                log,
                past,
                "events",
                IntStream.range(0, 400)
                        .mapToObj(i -> "account-" + i % ACCOUNTS + " " + i)
                        .toList());
        await(running.awaitEnd());
        assertThat(running.lateEvents()).isZero();
        assertThat(watermarks(running)).containsOnly(399L);
        await(running.close());
    }

    private static Pipeline countsOf(String events) {
        Pipeline.Builder builder = Pipeline.named("ledger", 1);
        KeyedTable<String> names = builder.from(TABLE, TEXT)
                .eventTime(row -> 1_000_000, Duration.ZERO)
                .keyBy(Ledger::account)
                .asTable("names", TEXT);
        return builder.from(events, TEXT)
                .eventTime(LoadedTablesTest::number, Duration.ZERO)
                .keyBy(Ledger::account)
                .leftJoin("named", names, TEXT, (event, name) -> event)
                .window(Windows.tumbling(Duration.ofMillis(40)))
                .count("counts")
                .map(window -> window.key() + " " + window.value())
                .to(Ledger.SINK, TEXT)
                .build();
    }

    /** A second goes by whenever somebody looks. */
    private static final class FastTime implements Ticker.TimeSource {

        private final AtomicLong millis = new AtomicLong(2_000_000);
        private volatile boolean stops;

        @Override
        public long millis() {
            return stops ? millis.get() : millis.addAndGet(1_000);
        }

        @Override
        public long nanos() {
            return millis() * 1_000_000;
        }
    }

    /** Whether the task of a stream has said that nobody is to wait for it. */
    private boolean isIdle(Pipeline pipeline, String stream) {
        long task = log.partitionsNow(stream).get(0).id();
        Operator.Shuffle shuffle =
                (Operator.Shuffle) pipeline.stages().get(2).topology().source();
        return log.partitions(THROUGH).stream()
                .flatMap(partition -> log.events(THROUGH, partition).stream())
                .map(stored -> decode(shuffle, stored))
                .anyMatch(new Shuffled.Mark(task, Shuffled.IDLE)::equals);
    }

    private static Object decode(Operator.Shuffle shuffle, MemoryLog.Stored stored) {
        try {
            return Shuffled.codec(shuffle).decode(stored.type(), stored.bytes(), 0, stored.bytes().length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of the tasks after the shuffle. */
    private static List<Long> watermarks(RunningPipeline running) {
        return await(running.describe()).tasks().stream()
                .filter(task -> task.stage().equals("ledger--named"))
                .map(PipelineDescription.Task::watermark)
                .toList();
    }

    @Test
    void an_audit_finds_the_same_order() {
        appendEvents(log, 0, 100);
        appendTable(log, 1);
        PipelineOptions options =
                fixture.options().setAuditStepsPerSecond(100_000_000).setRetainedCheckpoints(100);
        RunningPipeline running =
                await(fixture.deploy(fixture.open(), pipeline(LoadedTablesTest::same, true), options));
        await(running.checkpoint("from"));
        await(running.awaitEnd());
        appendTable(log, 2);
        appendEvents(log, 100, 200);
        await(running.awaitEnd());
        await(running.checkpoint("to"));
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.isEqual()).as(audit.toText()).isTrue();
        assertThat(audit.steps()).isPositive();
        await(running.close());
    }
}
