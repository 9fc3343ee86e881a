package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Parts of a pipeline with shuffles, each in a process of its own: what one part brings into a shuffle, all take out of it. */
class StagedPartsTest {

    private static final long SIZE = 50;

    @TempDir
    Path directory;

    private static List<Pipeline> parts(int count) {
        return PipelineParts.all(Buckets.pipeline(), count);
    }

    /** Has each part come to the end of what is there, in fresh processes: first what feeds the shuffle, then what reads it. */
    private static void finish(PipelineFixture fixture, List<Pipeline> parts) {
        List<RunningPipeline> running = parts.stream()
                .map(part -> await(fixture.deploy(fixture.open(), part, fixture.options())))
                .toList();
        awaitEnds(running);
        for (RunningPipeline each : running) {
            assertThat(each.statistics().damaged()).isZero();
            assertThat(each.lateEvents()).isZero();
            await(each.close());
        }
    }

    private static void awaitEnds(List<RunningPipeline> running) {
        for (int stage = 0; stage < 2; stage++) {
            running.forEach(each -> await(each.awaitEnd()));
        }
    }

    @Test
    void keys_of_all_parts_come_together() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 3);
            Ledger.deposit(fixture.log, 200, 1);
            finish(fixture, parts(4));
            Buckets.assertExact(fixture.log, Buckets.SOURCE);
            assertThat(fixture.log.describe(Buckets.THROUGH).partitions()).hasSize(4);
        }
    }

    /** All parts but one have processed everything and taken checkpoints when the last one begins for the first time. */
    @Test
    void what_the_others_wrote_is_kept_for_a_part_that_has_not_begun() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 3);
            Ledger.deposit(fixture.log, 200, 1);
            List<Pipeline> parts = parts(3);
            RunningPipeline first = await(fixture.deploy(fixture.open(), parts.get(0), fixture.options()));
            assertThat(fixture.log.subscribers(Buckets.THROUGH))
                    .containsKeys(
                            "pipeline:buckets--.p3.0--by-bucket",
                            "pipeline:buckets--.p3.1--by-bucket",
                            "pipeline:buckets--.p3.2--by-bucket");
            await(first.awaitEnd());
            assertThat(Objects.requireNonNull(
                                    fixture.log.subscribers(Buckets.THROUGH).get("pipeline:buckets--.p3.2--by-bucket"))
                            .offsets()
                            .values())
                    .hasSize(3)
                    .containsOnly(0L);
            await(first.close());
            finish(fixture, parts);
            Buckets.assertExact(fixture.log, Buckets.SOURCE);
        }
    }

    /** The first part has no use for some partitions, and so notes that it has consumed them. */
    @Test
    void the_source_is_kept_for_a_part_that_has_not_begun() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 2);
            Ledger.deposit(fixture.log, 200, 1);
            List<Pipeline> parts = PipelineParts.all(Ledger.pipeline(), 2);
            RunningPipeline first = await(fixture.deploy(fixture.open(), parts.get(0), fixture.options()));
            await(first.awaitEnd());
            assertThat(Objects.requireNonNull(
                                    fixture.log.subscribers(Ledger.SOURCE).get("pipeline:ledger--.p2.1"))
                            .offsets()
                            .values())
                    .hasSize(2)
                    .containsOnly(0L);
            await(first.close());
        }
        try (PipelineFixture fixture = new PipelineFixture(directory.resolve("other"))) {
            Buckets.createStreams(fixture.log, 2);
            RunningPipeline first = await(fixture.deploy(
                    fixture.open(),
                    PipelineParts.all(Ledger.pipeline(), 2).get(0),
                    fixture.options().setHoldRetention(false)));
            assertThat(fixture.log.subscribers(Ledger.SOURCE)).isEmpty();
            await(first.close());
        }
    }

    @Test
    void a_note_of_a_part_stays_when_another_one_begins() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 3);
            Ledger.deposit(fixture.log, 200, 1);
            List<Pipeline> parts = parts(2);
            finish(fixture, parts);
            Map<String, ?> noted = new TreeMap<>(fixture.log.subscribers(Buckets.THROUGH));
            RunningPipeline again = await(fixture.deploy(fixture.open(), parts.get(0), fixture.options()));
            assertThat(fixture.log.subscribers(Buckets.THROUGH).get("pipeline:buckets--.p2.1--by-bucket"))
                    .isEqualTo(noted.get("pipeline:buckets--.p2.1--by-bucket"));
            await(again.close());
        }
    }

    @Test
    void a_deletion_leaves_nothing_of_any_part() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 3);
            Ledger.deposit(fixture.log, 200, 1);
            MemoryStrandline strandline = fixture.open();
            await(PipelineParts.prepare(strandline, Buckets.pipeline(), 2));
            finish(fixture, parts(2));
            await(Buckets.pipeline().delete(strandline.vertx, strandline, fixture.options()));
            assertThat(directory).isEmptyDirectory();
            assertThat(fixture.log.writers(Buckets.SINK)).isEmpty();
            assertThat(fixture.log.subscribers(Buckets.SOURCE)).isEmpty();
            assertThat(fixture.log.streamsOf(StreamName.RESERVED_SCOPE)).isEmpty();
        }
    }

    /** Whatever the deletion has left, members either meet it or begin anew. */
    @Test
    void no_member_joins_a_pipeline_that_is_half_deleted() {
        boolean isStopped = true;
        for (int call = 0; isStopped; call++) {
            try (PipelineFixture fixture = new PipelineFixture(directory.resolve("call" + call))) {
                Buckets.createStreams(fixture.log, 1);
                await(PipelineParts.prepare(fixture.open(), Buckets.pipeline(), 2));
                finish(fixture, parts(2));
                isStopped = deletionStopsAt(fixture, call);
            }
        }
    }

    private static boolean deletionStopsAt(PipelineFixture fixture, int call) {
        MemoryStrandline strandline = fixture.open();
        Runnable called = strandline.crashingAt(call);
        strandline.watch(kind -> called.run());
        boolean isStopped = fixture.awaitEndOrCrash(
                strandline, Buckets.pipeline().delete(strandline.vertx, strandline, fixture.options()));
        MemoryStrandline next = fixture.open();
        long left = Arrays.stream(new int[] {0, 1})
                .filter(part -> fixture.log.exists("_strandline/checkpoints-buckets--.p2." + part))
                .count();
        if (isStopped && left == 1) {
            assertThatThrownBy(() -> await(PipelineParts.prepare(next, Buckets.pipeline(), 2)))
                    .isInstanceOf(StrandlineException.Conflict.class)
                    .hasMessageContaining("deletion");
        }
        await(Buckets.pipeline().delete(next.vertx, next, fixture.options()));
        assertThat(fixture.log.streamsOf(StreamName.RESERVED_SCOPE)).isEmpty();
        return isStopped;
    }

    @Test
    void stages_of_parts_are_named_by_both() {
        Topology part = parts(3).get(1).topology();
        Topology after = part.stages().get(1);
        assertThat(part.stages())
                .extracting(Topology::name)
                .containsExactly("buckets--.p3.1", "buckets--.p3.1--by-bucket");
        assertThat(after.feeders()).containsExactly("buckets--.p3.0", "buckets--.p3.1", "buckets--.p3.2");
        assertThat(after.timekeepers()).isEqualTo(after.feeders());
        assertThat(after.keys()).isEqualTo(part.keys());
        assertThat(after.source().stream()).isEqualTo(StreamName.parse(Buckets.THROUGH));
        assertThat(LongStream.of(parts(3).get(0).topology().task(7), part.task(7), part.task(8)))
                .containsExactly(21L, 22L, 25L);
        assertThat(Buckets.pipeline().topology().task(7)).isEqualTo(7);
    }

    /** What nobody takes out of the internal stream would fill the disk. */
    @Test
    void a_part_waits_while_another_one_lags() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 3);
            List<Pipeline> parts = parts(2);
            MemoryStrandline strandline = fixture.open();
            PipelineOptions options = fixture.options().setMaxShuffleLag(300);
            RunningPipeline first = await(fixture.deploy(strandline, parts.get(0), options));
            Ledger.deposit(fixture.log, 3_000, 1);
            awaitTrue(strandline, "a brake", () -> await(first.describe()).tasks().stream()
                    .anyMatch(task -> task.hold() == Hold.BRAKED
                            && String.valueOf(task.waitsFor()).equals("buckets--.p2.1--by-bucket")));
            RunningPipeline second = await(fixture.deploy(fixture.open(), parts.get(1), options));
            awaitEnds(List.of(first, second));
            Buckets.assertExact(fixture.log, Buckets.SOURCE);
            await(first.close());
            await(second.close());
        }
    }

    @Test
    void a_part_is_audited_with_all_its_stages() {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 1);
            Ledger.deposit(fixture.log, 200, 1);
            List<RunningPipeline> running = parts(2).stream()
                    .map(part -> await(fixture.deploy(fixture.open(), part, fixture.options())))
                    .toList();
            awaitEnds(running);
            await(running.get(0).checkpoint("before"));
            Ledger.deposit(fixture.log, 200, 2);
            awaitEnds(running);
            await(running.get(0).checkpoint("after"));
            PipelineAudit audit = await(running.get(0).audit("before", "after"));
            assertThat(audit.isEqual()).as(audit.toText()).isTrue();
            assertThat(audit.steps()).isGreaterThan(200);
            running.forEach(each -> await(each.close()));
        }
    }

    // ---- event time

    private static Pipeline windows() {
        return Pipeline.named("times", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(StagedPartsTest::time, Duration.ZERO)
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

    /** Events ten milliseconds apart, each under many routing keys, so that each task has all times. */
    private static void appendTimes(MemoryLog log, int from, int to) {
        int epoch = log.admit(Ledger.SOURCE, "events");
        int sequence = 0;
        for (int i = from; i < to; i++) {
            for (int routed = 0; routed < 16; routed++) {
                log.append(
                        Ledger.SOURCE,
                        "events",
                        new Sequence(epoch, sequence++),
                        "r" + routed,
                        i * 10L + " key-" + (i + routed) % 5);
            }
        }
    }

    private static List<String> expectedBefore(MemoryLog log, long end) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String event : Ledger.texts(log, Ledger.SOURCE)) {
            long start = time(event) / SIZE * SIZE;
            if (start + SIZE <= end) {
                counts.merge(event.substring(event.indexOf(' ') + 1) + " " + start, 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .map(count -> count.getKey() + " " + count.getValue())
                .sorted()
                .toList();
    }

    private static List<String> counts(MemoryLog log) {
        return Ledger.texts(log, Ledger.SINK).stream().sorted().toList();
    }

    /** One partition has keys of both parts, so it has a task in each, and both tell how far they are. */
    @ParameterizedTest(name = "{0} partitions")
    @MethodSource("partitions")
    void windows_wait_for_a_part_that_is_away(int partitions) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            log.createScope("bank");
            log.createStream(Ledger.SOURCE, new StreamOptions().setPartitions(partitions));
            log.createStream(Ledger.SINK, new StreamOptions().setPartitions(2));
            List<Pipeline> parts = PipelineParts.all(windows(), 2);
            List<RunningPipeline> running = new ArrayList<>();
            appendTimes(log, 0, 30);
            running.add(await(fixture.deploy(fixture.open(), parts.get(0), fixture.options())));
            awaitEnds(running);
            assertThat(counts(log)).isEmpty();
            running.add(await(fixture.deploy(fixture.open(), parts.get(1), fixture.options())));
            awaitEnds(running);
            assertThat(counts(log)).isEqualTo(expectedBefore(log, 290));
            // It goes away, and what the other one does meanwhile ends no window.
            await(running.remove(1).close());
            appendTimes(log, 30, 60);
            awaitEnds(running);
            assertThat(counts(log)).isEqualTo(expectedBefore(log, 290));
            running.add(await(fixture.deploy(fixture.open(), parts.get(1), fixture.options())));
            awaitEnds(running);
            assertThat(counts(log)).isEqualTo(expectedBefore(log, 590));
            for (RunningPipeline each : running) {
                assertThat(each.lateEvents()).isZero();
                await(each.close());
            }
        }
    }

    static IntStream partitions() {
        return IntStream.of(1, 2, 3);
    }

    // ---- tables that are loaded first

    private static final String TABLE = Buckets.OTHER;

    /** Joins deposits, under some key, with a name of each account. */
    private static Pipeline named(Function<Events<String>, KeyedEvents<String>> rows, Function<String, String> key) {
        Pipeline.Builder builder = Pipeline.named("named", 1);
        KeyedTable<String> names =
                rows.apply(builder.from(TABLE, TextCodec.STRING)).asTable("names", TextCodec.STRING);
        return builder.from(Ledger.SOURCE, TextCodec.STRING)
                .keyBy(key)
                .leftJoin("named", names, TextCodec.STRING, (event, name) -> event + " of " + name)
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
    }

    @Test
    void a_part_loads_a_table_of_its_keys_before_their_events_come() {
        Pipeline pipeline = named(rows -> rows.keyBy(Ledger::account), Ledger::account);
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 3);
            List<String> rows = new ArrayList<>();
            for (int account = 0; account < 20; account++) {
                rows.add("account-" + account + " name");
            }
            Ledger.append(fixture.log, TABLE, "rows", rows);
            Ledger.deposit(fixture.log, 300, 1);
            finish(fixture, PipelineParts.all(pipeline, 3));
            assertThat(Ledger.texts(fixture.log, Ledger.SINK)).hasSize(300).allMatch(text -> text.endsWith(" name"));
        }
    }

    @Test
    void a_table_whose_values_change_their_keys_allows_one_part() {
        Pipeline moved = named(rows -> rows.keyBy("by-account", TextCodec.STRING, Ledger::account), Ledger::account);
        assertThatThrownBy(() -> PipelineParts.requireDivisible(moved, 2))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("table names", "asItComes()");
        PipelineParts.requireDivisible(moved, 1);
    }

    /** As a whole it would work, because the shuffle of the join has the key. */
    @Test
    void an_event_that_changes_its_key_does_not_come_to_a_table_that_is_loaded_first() {
        Pipeline other = named(rows -> rows.keyBy(Ledger::account), Buckets::bucket);
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 3);
            Ledger.deposit(fixture.log, 50, 1);
            RunningPipeline running = await(fixture.deploy(
                    fixture.open(),
                    PipelineParts.all(other, 2).get(0),
                    fixture.options().setMaxAttempts(1)));
            assertThatThrownBy(() -> await(running.awaitEnd()))
                    .hasMessageContainingAll("does not belong to part 0 of 2", "asItComes()");
            await(running.close());
        }
    }

    // ---- at random

    static LongStream seeds() {
        return PipelineFixture.seeds(20, 1_000);
    }

    /** Parts crash at some call, begin again, and are fenced by a second run of themselves, while streams are scaled. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void each_deposit_counts_once_whichever_part_crashes(long seed) {
        Random random = new Random(seed);
        List<Pipeline> parts = parts(2 + random.nextInt(2));
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Buckets.createStreams(fixture.log, 1 + random.nextInt(3));
            Ledger.deposit(fixture.log, 200, seed);
            Map<Integer, MemoryStrandline> newest = new TreeMap<>();
            List<MemoryStrandline> processes = new ArrayList<>();
            for (int round = 0; round < 8; round++) {
                int part = random.nextInt(parts.size());
                MemoryStrandline before = newest.get(part);
                if (before != null && random.nextInt(3) > 0) {
                    processes.remove(before);
                    fixture.crash(before);
                }
                MemoryStrandline running = run(fixture, parts.get(part), random);
                newest.put(part, running);
                processes.add(running);
                for (int i = random.nextInt(3); i > 0; i--) {
                    change(fixture.log, random);
                }
            }
            processes.forEach(fixture::crash);
            finish(fixture, parts);
            Buckets.assertExact(fixture.log, Buckets.SOURCE);
        }
    }

    /** Runs a part until it has come to the end that it knows, or until its process has crashed. */
    private static MemoryStrandline run(PipelineFixture fixture, Pipeline part, Random random) {
        MemoryStrandline strandline = fixture.open();
        int crashAt = 100 + random.nextInt(1_500);
        AtomicInteger calls = new AtomicInteger();
        strandline.watch(call -> {
            if (calls.incrementAndGet() == crashAt) {
                strandline.crash();
            }
        });
        PipelineOptions options = fixture.options().setCheckpointEvents(20);
        Future<RunningPipeline> deployed = fixture.deploy(strandline, part, options);
        Future<Void> end = deployed.compose(RunningPipeline::awaitEnd).mapEmpty();
        await(Future.any(end.otherwiseEmpty(), strandline.untilCrash()));
        return strandline;
    }

    private static void change(MemoryLog log, Random random) {
        String[] streams = {Buckets.SOURCE, Buckets.SOURCE, Buckets.THROUGH, Buckets.THROUGH, Buckets.SINK};
        String stream = streams[random.nextInt(streams.length)];
        if (log.exists(stream)) {
            Scalings.atRandom(log, stream, random);
        }
        Ledger.deposit(log, Buckets.SOURCE, random.nextInt(40), random.nextLong());
    }
}
