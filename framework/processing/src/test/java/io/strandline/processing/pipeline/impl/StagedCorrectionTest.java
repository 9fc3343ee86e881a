package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineSwitch;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Versions of a pipeline of several stages that run beside each other, and to which it is switched. */
class StagedCorrectionTest extends OnStagedVersions {

    private static final String BESIDE = "_strandline/checkpoints-visits--.v2";

    private void assertBothExact() {
        versions.assertExact(1, Set.of());
        versions.assertExact(2, monday);
    }

    @Test
    void a_version_begins_with_the_state_of_all_stages_and_gives_each_output_after_it_once() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        await(first.awaitEnd());
        RunningPipeline second = versions.beside(process, 2, "monday");
        versions.append(12);
        versions.endWindows();
        await(second.awaitEnd());
        await(first.awaitEnd());
        assertBothExact();
        assertThat(second.lateEvents()).isZero();
        assertThat(log.exists("_strandline/shuffle-visits--.v2--by-key")).isTrue();
    }

    @Test
    void a_version_begins_without_state_and_with_other_stages() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        await(first.awaitEnd());
        RunningPipeline second = versions.beside(process, 2, null);
        versions.endWindows();
        await(second.awaitEnd());
        versions.assertExact(2, Set.of());
    }

    /** The partitions of the internal streams of two versions have nothing in common. */
    @Test
    void states_move_to_the_partitions_that_the_streams_of_the_version_have() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = await(versions.deploy(process, 1));
        Random random = new Random(3);
        for (int i = 0; i < 3; i++) {
            versions.append(9);
            await(first.awaitEnd());
            versions.scale(StagedVersions.BY_KEY, random);
            versions.scale(StagedVersions.BY_START, random);
            versions.append(2);
            await(first.awaitEnd());
        }
        monday = versions.counted(1);
        await(first.checkpoint("monday"));
        Pipeline pipeline = StagedVersions.version(2);
        RunningPipeline second = await(pipeline.runBeside(
                process.vertx,
                process,
                versions.options().setShufflePartitions(5),
                fixture.store(process.vertx),
                "monday"));
        versions.append(12);
        versions.endWindows();
        await(second.awaitEnd());
        await(first.awaitEnd());
        assertBothExact();
    }

    @Test
    void a_version_needs_nothing_of_the_other_as_soon_as_it_has_begun() {
        MemoryStrandline process = fixture.open();
        runFirst(process);
        versions.beside(process, 2, "monday");
        fixture.crash(process);

        MemoryStrandline next = fixture.open();
        RunningPipeline first = await(versions.deploy(next, 1));
        await(first.unpin("monday"));
        for (int i = 0; i < 4; i++) {
            versions.append(10);
            await(first.awaitEnd());
            await(first.checkpoint());
        }
        RunningPipeline second = versions.beside(next, 2, "monday");
        versions.endWindows();
        await(second.awaitEnd());
        await(first.awaitEnd());
        assertBothExact();
    }

    @Test
    void the_next_version_is_the_pipeline_after_a_switch() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        RunningPipeline second = versions.beside(process, 2, "monday");
        await(first.awaitEnd());
        PipelineSwitch done = await(first.switchTo(second));
        assertThat(done.position()).isEqualTo(log.endCut(Ledger.SOURCE));
        assertThat(done.formerSinks()).hasSize(2).containsKey(StreamName.parse(StagedVersions.counts(1)));
        assertThat(done.sinks()).hasSize(2).containsKey(StreamName.parse(StagedVersions.sums(2)));
        await(first.ended());
        Set<String> former = versions.counted(1);
        versions.append(10);
        versions.endWindows();
        await(second.awaitEnd());
        versions.assertExact(2, monday);
        assertThat(versions.counted(1)).isEqualTo(former);
        assertThat(log.subscribers(Ledger.SOURCE)).containsOnlyKeys("pipeline:visits--.v2");
        assertThatThrownBy(() -> await(versions.deploy(process, 1)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("is not the pipeline any more");
        await(second.close());

        RunningPipeline again = await(versions.deploy(process, 2));
        assertThat(again.statistics().restored()).isNotNull();
        versions.append(10);
        versions.endWindows();
        await(again.awaitEnd());
        versions.assertExact(2, monday);
        await(again.close());
        await(versions.drop(process, 1));
        assertThat(log.streamsOf("_strandline"))
                .contains("_strandline/checkpoints-visits", "_strandline/shuffle-visits--.v2--by-key")
                .doesNotContain(
                        StagedVersions.BY_KEY,
                        StagedVersions.BY_START,
                        "_strandline/checkpoints-visits--by-key",
                        "_strandline/checkpoints-visits--by-start");
        await(versions.delete(process, 2));
        assertThat(log.streamsOf("_strandline")).isEmpty();
        assertThat(log.subscribers(Ledger.SOURCE)).isEmpty();
    }

    @Test
    void a_switch_tells_the_position_in_each_source() {
        log.createStream(StagedVersions.OTHER, new StreamOptions().setPartitions(2));
        MemoryStrandline process = fixture.open();
        RunningPipeline first = await(fixture.deploy(process, StagedVersions.merged(1), versions.options()));
        RunningPipeline second = await(versions.beside(process, StagedVersions.merged(2), null));
        versions.append(3);
        Ledger.append(log, StagedVersions.OTHER, "others", List.of("5 key-1", "6 key-2"));
        await(first.awaitEnd());
        PipelineSwitch done = await(first.switchTo(second));
        assertThat(done.positions())
                .isEqualTo(Map.of(
                        StreamName.parse(Ledger.SOURCE), log.endCut(Ledger.SOURCE),
                        StreamName.parse(StagedVersions.OTHER), log.endCut(StagedVersions.OTHER)));
        assertThat(done.position()).isEqualTo(log.endCut(Ledger.SOURCE));
    }

    @Test
    void versions_follow_each_other() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        RunningPipeline second = versions.beside(process, 2, "monday");
        await(first.switchTo(second));
        versions.append(7);
        await(second.awaitEnd());
        Set<String> before = versions.counted(2);
        before.addAll(monday);
        await(second.checkpoint("tuesday"));
        RunningPipeline third = versions.beside(process, 3, "tuesday");
        versions.append(9);
        await(second.switchTo(third));
        versions.endWindows();
        await(third.awaitEnd());
        versions.assertExact(3, before);
    }

    @Test
    void a_version_that_was_dropped_leaves_nothing_and_the_other_one_goes_on() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        RunningPipeline second = versions.beside(process, 2, "monday");
        await(second.close());
        await(versions.drop(process, 2));
        assertThat(log.streamsOf("_strandline")).noneMatch(name -> name.contains("--.v2"));
        assertThat(log.writers(StagedVersions.counts(2))).isEmpty();
        assertThatThrownBy(() -> await(first.switchTo(second))).isInstanceOf(StrandlineException.class);
        versions.append(5);
        versions.endWindows();
        await(first.awaitEnd());
        versions.assertExact(1, Set.of());
    }

    @Test
    void the_former_version_goes_on_if_the_next_one_does_not_come_there() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        RunningPipeline second = await(versions.beside(
                process,
                StagedVersions.version(2, event -> {
                    throw new IllegalStateException("version 2 is wrong too");
                }),
                "monday"));
        assertThatThrownBy(() -> await(first.switchTo(second))).hasMessageContaining("version 2 is wrong too");
        versions.append(5);
        versions.endWindows();
        await(first.awaitEnd());
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.RUNNING);
        versions.assertExact(1, Set.of());
    }

    @Test
    void what_is_refused_leaves_nothing() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        await(first.awaitEnd());
        long number = await(first.checkpoint()).number();
        Map<String, ?> subscribers = log.subscribers(Ledger.SOURCE);
        assertRefused(process, StagedVersions.version(2), "sunday", StrandlineException.NotFound.class, "sunday");
        assertRefused(
                process, StagedVersions.version(2), "" + number, StrandlineException.Invalid.class, "has no name");
        assertRefused(process, StagedVersions.version(1), "monday", StrandlineException.Invalid.class, "version 1 too");
        for (String checkpoint : new String[] {null, "monday"}) {
            assertRefused(
                    process,
                    StagedVersions.version(2, event -> event, StagedVersions.counts(1)),
                    checkpoint,
                    StrandlineException.Invalid.class,
                    "appends to [bank/counts-1]");
            assertRefused(
                    process,
                    StagedVersions.version(2, event -> event, "bank/nowhere"),
                    checkpoint,
                    StrandlineException.NotFound.class,
                    "bank/nowhere");
        }
        Pipeline one = Pipeline.named(StagedVersions.NAME, 2)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .to(StagedVersions.counts(2), TextCodec.STRING)
                .build();
        assertRefused(process, one, "monday", StrandlineException.Invalid.class, "has the stages [visits], and");
        assertRefused(process, one, "" + number, StrandlineException.Invalid.class, "has no name");
        assertRefused(
                process, otherOperator(), "monday", StrandlineException.Invalid.class, "state of operator counts");
        assertThat(log.streamsOf("_strandline")).noneMatch(name -> name.contains("--.v2"));
        assertThat(log.subscribers(Ledger.SOURCE)).isEqualTo(subscribers);
        assertThat(fixture.directory.resolve("visits--.v2")).doesNotExist();
    }

    private void assertRefused(
            MemoryStrandline process, Pipeline pipeline, String checkpoint, Class<?> type, String message) {
        assertThatThrownBy(() -> await(versions.beside(process, pipeline, checkpoint)))
                .isInstanceOf(type)
                .hasMessageContaining(message);
    }

    /** The stages of the versions, without what keeps the counts. */
    private static Pipeline otherOperator() {
        Pipeline.Builder builder = Pipeline.named(StagedVersions.NAME, 2);
        builder.from(Ledger.SOURCE, TextCodec.STRING)
                .keyBy("by-key", TextCodec.STRING, event -> event)
                .keyBy("by-start", TextCodec.STRING, event -> event)
                .to(StagedVersions.counts(2), TextCodec.STRING);
        return builder.build();
    }

    /** A task that had told that nobody needs to wait for it has told nothing to the tasks of another version. */
    @Test
    void a_silent_partition_holds_back_no_window_of_a_version() {
        MemoryStrandline process = fixture.open();
        AtomicLong clock = new AtomicLong(1_000_000);
        PipelineDeployment deployment = new PipelineDeployment(timeOf(clock));
        PipelineOptions options = versions.options().setSilenceMillis(1_000).setTickIntervalMillis(5);
        CheckpointStore store = fixture.store(process.vertx);
        RunningPipeline first = await(deployment.deploy(
                StagedVersions.version(1), process.vertx, process, options, store, Pipeline.Provider.Start.NEWEST));
        versions.append(30);
        await(first.awaitEnd());
        awaitTrue(
                process,
                "the last windows",
                () -> clock.addAndGet(2_000) > 0 && versions.missing(1).isEmpty());
        await(first.checkpoint("monday"));
        RunningPipeline second = await(
                deployment.runBeside(StagedVersions.version(2), process.vertx, process, options, store, "monday"));
        versions.appendToFirst(10);
        await(second.awaitEnd());
        awaitTrue(
                process,
                "windows of version 2",
                () -> clock.addAndGet(2_000) > 0 && versions.counted(2).size() == 10);
        assertThat(second.lateEvents()).isZero();
    }

    private static Ticker.TimeSource timeOf(AtomicLong clock) {
        return new Ticker.TimeSource() {

            @Override
            public long millis() {
                return clock.get();
            }

            @Override
            public long nanos() {
                return clock.get() * 1_000_000;
            }
        };
    }

    @Test
    void all_sources_have_one_position_and_retention_waits_for_the_former_version_in_none() {
        MemoryStrandline process = fixture.open();
        log.createStream(StagedVersions.OTHER, new StreamOptions().setPartitions(2));
        RunningPipeline first = await(fixture.deploy(process, StagedVersions.merged(1), versions.options()));
        versions.append(20);
        Ledger.append(log, StagedVersions.OTHER, "others", List.of("5 key-1", "6 key-2"));
        await(first.checkpoint("monday"));
        RunningPipeline second = await(versions.beside(process, StagedVersions.merged(2), "monday"));
        Ledger.append(log, StagedVersions.OTHER, "others", List.of("7 key-1", "8 key-2"));
        versions.append(5);
        await(first.awaitEnd());
        await(first.switchTo(second));
        versions.append(5);
        await(second.awaitEnd());
        Map<String, Long> events = new TreeMap<>();
        for (String stream : List.of(Ledger.SOURCE, StagedVersions.OTHER)) {
            Ledger.texts(log, stream)
                    .forEach(event -> events.merge(event.substring(event.indexOf(' ') + 1), 1L, Long::sum));
            assertThat(log.subscribers(stream).keySet()).hasSize(1).allMatch(each -> each.contains("visits--.v2"));
        }
        events.forEach((key, count) ->
                assertThat(await(second.state("events", key)).value()).as(key).isEqualTo(new Ledger.Balance(count, 0)));
        await(second.close());
        RunningPipeline again = await(fixture.deploy(process, StagedVersions.merged(2), versions.options()));
        assertThat(log.subscribers(StagedVersions.OTHER)).hasSize(1);
        await(again.close());
    }

    @Test
    void a_version_begins_in_no_stage_with_keys_that_are_held_in_one() {
        MemoryStrandline process = fixture.open();
        Pipeline failing = StagedVersions.version(1, event -> {
            if (event.startsWith("100 ")) {
                throw new IllegalStateException(event);
            }
            return event;
        });
        PipelineOptions parking = versions.options()
                .setFailurePolicy(FailurePolicy.PARK)
                .setHoldKeys(true)
                .setMaxAttempts(1);
        RunningPipeline first = await(fixture.deploy(process, failing, parking));
        versions.append(12);
        await(first.awaitEnd());
        await(first.checkpoint("monday"));
        assertRefused(
                process, StagedVersions.version(2), "monday", StrandlineException.Invalid.class, "keys that are held");
        assertThat(log.streamsOf("_strandline")).noneMatch(name -> name.contains("--.v2"));
    }

    @Test
    void a_version_that_is_partly_deleted_begins_in_no_stage() {
        MemoryStrandline process = fixture.open();
        runFirst(process);
        await(versions.beside(process, 2, "monday").close());
        versions.append(process, StagedVersions.NAME + "--.v2", new Deleted());
        log.deleteStream(BESIDE + "--by-start");
        assertThatThrownBy(() -> versions.beside(process, 2, "monday"))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("drop it again first");
        assertThat(log.exists(BESIDE + "--by-start")).isFalse();
    }

    /** A drop and a switch meet, and the drop ends on its way. */
    @Test
    void a_switch_to_a_version_of_which_a_stage_is_being_deleted_does_not_count() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        await(versions.beside(process, 2, "monday").close());
        await(first.close());
        process.watch(call -> {
            if (call.equals("append " + BESIDE + "--by-key")) {
                process.crash();
            }
        });
        assertThat(fixture.awaitEndOrCrash(process, versions.drop(process, 2))).isTrue();
        MemoryStrandline next = fixture.open();
        versions.append(next, StagedVersions.NAME, new Switched(1, 2));
        RunningPipeline again = await(versions.deploy(next, 1));
        versions.endWindows();
        await(again.awaitEnd());
        versions.assertExact(1, Set.of());
    }

    @Test
    void two_versions_beside_do_not_append_to_one_stream() {
        MemoryStrandline process = fixture.open();
        runFirst(process);
        versions.beside(process, 2, "monday");
        assertThatThrownBy(() -> await(versions.beside(
                        process, StagedVersions.version(3, event -> event, StagedVersions.counts(2)), "monday")))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("bank/counts-2");
    }

    /** The process ends when the last stage has begun and the first has not. */
    @Test
    void all_stages_of_a_version_begin_with_the_same_checkpoint() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        await(first.awaitEnd());
        await(first.checkpoint("tuesday"));
        process.watch(call -> {
            if (call.equals("append " + BESIDE + "--by-key")) {
                process.crash();
            }
        });
        fixture.awaitEndOrCrash(process, versions.beside(process, StagedVersions.version(2), "monday"));
        MemoryStrandline next = fixture.open();
        for (String checkpoint : new String[] {null, "tuesday"}) {
            assertThatThrownBy(() -> versions.beside(next, 2, checkpoint))
                    .isInstanceOf(StrandlineException.Conflict.class)
                    .hasMessageContaining("has begun with checkpoint monday");
        }
        RunningPipeline again = await(versions.deploy(next, 1));
        RunningPipeline second = versions.beside(next, 2, "monday");
        versions.endWindows();
        await(second.awaitEnd());
        await(again.awaitEnd());
        assertBothExact();
    }

    /** The later stages have begun with the former one of the name. */
    @Test
    void no_stage_begins_with_a_checkpoint_that_has_taken_the_name_meanwhile() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        await(first.awaitEnd());
        Promise<Void> release = Promise.promise();
        process.hold("startCut " + Ledger.SOURCE, release.future());
        Future<RunningPipeline> begins = versions.beside(process, StagedVersions.version(2), "monday");
        awaitTrue(process, "the first stage is about to begin", process::isHolding);
        await(first.unpin("monday"));
        versions.append(30);
        await(first.awaitEnd());
        await(first.checkpoint("monday"));
        release.complete();
        assertThatThrownBy(() -> await(begins))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("checkpoint monday was taken again while");
    }

    @Test
    void there_is_one_pipeline_wherever_the_process_ends(@TempDir Path directory) {
        CrashPoints points =
                new CrashPoints(call -> !call.kind().matches("append .*(shuffle|bank/).*") || call.number() % 63 == 1);
        for (int life = 0; crashesInSwitch(points, directory.resolve("life" + life)); life++) {}
        assertThat(points.kinds())
                .contains(
                        "append _strandline/checkpoints-visits",
                        "append " + BESIDE,
                        "append " + BESIDE + "--by-key",
                        "append " + BESIDE + "--by-start");
    }

    /** Returns false if no call is left at which a process has not crashed. */
    private boolean crashesInSwitch(CrashPoints points, Path directory) {
        close();
        open(directory);
        createStreams();
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        points.watch(process);
        Future<?> switched =
                versions.beside(process, StagedVersions.version(2), "monday").compose(first::switchTo);
        boolean hasCrashed = fixture.awaitEndOrCrash(process, switched);
        versions.append(10);
        goOn(fixture.open());
        return hasCrashed;
    }

    private void goOn(MemoryStrandline next) {
        RunningPipeline first = await(deployUnlessSwitched(next));
        RunningPipeline second = first != null ? versions.beside(next, 2, "monday") : await(versions.deploy(next, 2));
        versions.endWindows();
        await(second.awaitEnd());
        versions.assertExact(2, monday);
        if (first != null) {
            await(first.awaitEnd());
            versions.assertExact(1, Set.of());
        } else {
            assertThat(log.subscribers(Ledger.SOURCE)).containsOnlyKeys("pipeline:visits--.v2");
        }
    }

    private Future<@Nullable RunningPipeline> deployUnlessSwitched(MemoryStrandline process) {
        return versions.deploy(process, 1)
                .recover(cause -> cause instanceof StrandlineException.Conflict
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    static LongStream seeds() {
        return PipelineFixture.seeds(6, 300);
    }

    /** Streams are scaled at any moment, while stages stand still too. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void each_output_comes_once_whatever_is_scaled_and_crashes(long seed) {
        Random random = new Random(seed);
        MemoryStrandline process = fixture.open();
        runFirst(process);
        fixture.crash(process);
        for (int life = 0; life < 4; life++) {
            liveAndCrash(fixture.open(), random);
            versions.append(random.nextInt(8));
        }
        goOn(fixture.open());
    }

    private void liveAndCrash(MemoryStrandline process, Random random) {
        int crashAt = 20 + random.nextInt(600);
        AtomicInteger calls = new AtomicInteger();
        process.watch(call -> {
            if (calls.incrementAndGet() == crashAt) {
                process.crash();
            }
        });
        Future<?> switched = deployUnlessSwitched(process)
                .compose(first -> first == null
                        ? Future.succeededFuture()
                        : versions.beside(process, StagedVersions.version(2), "monday")
                                .compose(first::switchTo));
        scale(random);
        fixture.awaitEndOrCrash(
                process,
                switched.recover(cause -> process.crashed() ? Future.succeededFuture() : Future.failedFuture(cause)));
    }

    private void scale(Random random) {
        String[] streams = {
            Ledger.SOURCE,
            StagedVersions.BY_KEY,
            StagedVersions.BY_START,
            "_strandline/shuffle-visits--.v2--by-key",
            StagedVersions.counts(2)
        };
        versions.scale(streams[random.nextInt(streams.length)], random);
    }
}
