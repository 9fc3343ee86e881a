package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.CHECKPOINTS;
import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    private PipelineFixture fixture = new PipelineFixture(Path.of("."));

    @BeforeEach
    void crash_behind_three_checkpoints(@TempDir Path directory) {
        fixture = new PipelineFixture(directory);
        Ledger.createStreams(fixture.log, 2);
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = fixture.deploy(strandline);
        for (int i = 0; i < 5; i++) {
            Ledger.deposit(fixture.log, 40, i);
            await(running.awaitEnd());
        }
        fixture.crash(strandline);
        Ledger.deposit(fixture.log, 90, 9);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    /** Runs to the end and compares. Returns the run's statistics of its start. */
    private CheckpointStatistics restart() throws Exception {
        RunningPipeline running = fixture.deploy(fixture.open());
        CheckpointStatistics statistics = running.statistics();
        await(running.awaitEnd());
        assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(Ledger.expectedOutputs(fixture.log));
        assertThat(fixture.balances()).isEqualTo(Ledger.expectedBalances(fixture.log));
        await(running.close());
        return statistics;
    }

    @Test
    void as_many_as_the_options_say_are_kept() throws Exception {
        List<Manifest> manifests = fixture.manifests();
        assertThat(manifests).hasSize(3);
        assertThat(fixture.files())
                .containsExactlyInAnyOrderElementsOf(manifests.stream()
                        .flatMap(manifest -> manifest.snapshots().stream())
                        .map(Snapshot::file)
                        .toList());
        assertThat(fixture.log.subscribers(Ledger.SOURCE).get("pipeline:ledger"))
                .as("retention waits for the oldest")
                .isEqualTo(fixture.checkpointOf(manifests.get(0)).cut());
    }

    @Test
    void the_newest_whole_one_is_restored() throws Exception {
        Manifest newest = fixture.newestManifest();
        CheckpointStatistics statistics = restart();
        assertThat(statistics.restored()).isEqualTo(fixture.checkpointOf(newest));
        assertThat(statistics.damaged()).isZero();
    }

    @Test
    void a_damaged_file_sends_the_run_to_the_one_before() throws Exception {
        List<Manifest> manifests = fixture.manifests();
        Path file = fixture.file(manifests.get(2), 1);
        byte[] bytes = Files.readAllBytes(file);
        bytes[70] ^= 1;
        Files.write(file, bytes);

        CheckpointStatistics statistics = restart();
        assertThat(statistics.restored()).isEqualTo(fixture.checkpointOf(manifests.get(1)));
        assertThat(statistics.damaged()).isEqualTo(1);
        // The damaged one is no longer among those that count as retained.
        assertThat(file).doesNotExist();
        assertThat(fixture.newestManifest().number())
                .isGreaterThan(manifests.get(2).number());
    }

    /** The checkpoints after it may be earlier in some partitions, so what is before it must not be removed. */
    @Test
    void a_damaged_one_that_was_passed_over_does_not_count_in_later_runs() throws Exception {
        List<Manifest> manifests = fixture.manifests();
        Manifest damaged = manifests.get(2);
        Files.delete(fixture.file(damaged, 1));
        assertThat(restart().damaged()).isEqualTo(1);

        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(running.statistics().damaged()).isZero();
        assertThat(await(running.checkpoints()))
                .extracting(Checkpoint::number)
                .contains(manifests.get(1).number(), damaged.number() + 1)
                .doesNotContain(damaged.number());
        await(running.close());
    }

    @Test
    void missing_and_torn_files_send_the_run_further_back() throws Exception {
        List<Manifest> manifests = fixture.manifests();
        Files.delete(fixture.file(manifests.get(2), 0));
        Path torn = fixture.file(manifests.get(1), 1);
        Files.write(torn, Arrays.copyOf(Files.readAllBytes(torn), 100));

        CheckpointStatistics statistics = restart();
        assertThat(statistics.restored()).isEqualTo(fixture.checkpointOf(manifests.get(0)));
        assertThat(statistics.damaged()).isEqualTo(2);
    }

    @Test
    void a_torn_manifest_is_passed_over() throws Exception {
        List<Manifest> manifests = fixture.manifests();
        long partition = fixture.log.describe(CHECKPOINTS).partitions().get(0).id();
        long end = fixture.log.endCut(CHECKPOINTS).offset(partition);
        byte[] torn = "{\"number\":5,\"epo".getBytes(StandardCharsets.UTF_8);
        fixture.log.damage(CHECKPOINTS, partition, end - 1, torn);

        CheckpointStatistics statistics = restart();
        assertThat(statistics.restored()).isEqualTo(fixture.checkpointOf(manifests.get(1)));
        assertThat(statistics.damaged()).isEqualTo(1);
    }

    /** To go on from an older checkpoint, or from none, is for damage: the newest one is still there. */
    @Test
    void a_store_that_cannot_be_reached_fails_the_start_and_costs_no_checkpoint() throws Exception {
        Manifest newest = fixture.newestManifest();
        MemoryStrandline strandline = fixture.open();
        StrandlineException.Unavailable away = new StrandlineException.Unavailable("the store is away");
        CheckpointStore store = fixture.store(strandline.vertx);
        CheckpointStore unreachable = (CheckpointStore) Proxy.newProxyInstance(
                CheckpointStore.class.getClassLoader(),
                new Class<?>[] {CheckpointStore.class},
                (proxy, method, arguments) ->
                        method.getName().equals("read") ? Future.failedFuture(away) : method.invoke(store, arguments));
        assertThatThrownBy(() ->
                        await(Ledger.pipeline().deploy(strandline.vertx, strandline, fixture.options(), unreachable)))
                .isSameAs(away);
        assertThat(strandline.vertx.deploymentIDs()).isEmpty();

        CheckpointStatistics statistics = restart();
        assertThat(statistics.restored()).isEqualTo(fixture.checkpointOf(newest));
        assertThat(statistics.damaged()).isZero();
    }

    /** The run that is being replaced may remove what its last checkpoint has made old: all entries are read, and before them the last. */
    @ParameterizedTest
    @CsvSource({"1, true", "2, true", "1, false", "2, false"})
    void entries_that_are_removed_while_they_are_read_fail_no_start(int times, boolean all) throws Exception {
        Manifest newest = fixture.newestManifest();
        MemoryStrandline strandline = fixture.open();
        AtomicInteger reads = new AtomicInteger();
        Strandline truncated = (Strandline) Proxy.newProxyInstance(
                Strandline.class.getClassLoader(),
                new Class<?>[] {Strandline.class},
                (proxy, method, arguments) -> method.getName().equals("read")
                                && all
                                        == ((ReaderOptions) arguments[2])
                                                .getFrom()
                                                .equals(StartPosition.start())
                                && reads.incrementAndGet() <= times
                        ? Future.failedFuture(new StrandlineException.Truncated("offset 0 was removed"))
                        : method.invoke(strandline, arguments));
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(strandline.vertx, truncated, fixture.options(), fixture.store(strandline.vertx)));
        assertThat(running.statistics().restored()).isEqualTo(fixture.checkpointOf(newest));
        assertThat(reads).hasValue(times + 1);
        await(running.close());
    }

    @Test
    void without_any_whole_one_everything_runs_again_and_no_output_comes_twice() throws Exception {
        for (String file : fixture.files()) {
            Files.write(fixture.directory.resolve("ledger").resolve(file), new byte[100]);
        }
        CheckpointStatistics statistics = restart();
        assertThat(statistics.restored()).isNull();
        assertThat(statistics.damaged()).isEqualTo(3);
    }

    /** Such as one with the wrong directory: it must not run everything again there. */
    @Test
    void a_run_that_finds_no_snapshot_of_any_checkpoint_is_refused_and_harms_nothing() throws Exception {
        Manifest newest = fixture.newestManifest();
        MemoryStrandline strandline = fixture.open();
        Path elsewhere = fixture.directory.resolve("elsewhere");
        PipelineOptions wrong = fixture.options().setCheckpointDirectory(elsewhere.toString());
        assertThatThrownBy(() -> await(Ledger.pipeline().deploy(strandline.vertx, strandline, wrong)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining(elsewhere.toString())
                .hasMessageContaining("checkpointDirectory");
        assertThat(strandline.vertx.deploymentIDs()).isEmpty();

        CheckpointStatistics statistics = restart();
        assertThat(statistics.restored()).isEqualTo(fixture.checkpointOf(newest));
        assertThat(statistics.damaged()).isZero();
    }

    @Test
    void without_any_whole_one_a_truncated_source_is_refused() throws Exception {
        for (String file : fixture.files()) {
            Files.write(fixture.directory.resolve("ledger").resolve(file), new byte[100]);
        }
        fixture.log.truncate(Ledger.SOURCE, fixture.log.endCut(Ledger.SOURCE));
        MemoryStrandline strandline = fixture.open();
        assertThatThrownBy(() -> fixture.deploy(strandline)).isInstanceOf(StrandlineException.Truncated.class);
        assertThat(strandline.vertx.deploymentIDs()).isEmpty();
    }

    /** What there is of them may tell why. */
    @Test
    void damaged_files_stay_until_there_is_another_checkpoint() throws Exception {
        List<String> before = fixture.files();
        for (String file : before) {
            Path path = fixture.directory.resolve("ledger").resolve(file);
            byte[] bytes = Files.readAllBytes(path);
            bytes[70] ^= 1;
            Files.write(path, bytes);
        }
        PipelineOptions rarely = fixture.options().setCheckpointEvents(100_000).setMaxReplayEvents(100_000);
        RunningPipeline running = await(fixture.deploy(fixture.open(), Ledger.pipeline(), rarely));
        assertThat(fixture.files()).isEqualTo(before);
        await(running.awaitEnd());
        assertThat(fixture.files()).isNotEmpty().doesNotContainAnyElementsOf(before);
        await(running.close());
    }

    @Test
    void files_that_no_manifest_names_are_swept() throws Exception {
        Path stray = fixture.directory.resolve("ledger").resolve("e0-c77-p7.snapshot");
        Files.createFile(stray);
        restart();
        assertThat(stray).doesNotExist();
    }

    @Test
    void an_idle_pipeline_takes_none() {
        RunningPipeline running = fixture.deploy(fixture.open());
        Checkpoint first = await(running.awaitEnd());
        assertThat(await(running.checkpoint())).isEqualTo(first);
        assertThat(await(running.checkpoint())).isEqualTo(first);
    }

    /** Retention waits for the oldest checkpoint that is kept, so it must hear of it although nothing happens any more. */
    @Test
    void a_note_that_failed_is_made_again_by_an_idle_pipeline() {
        MemoryStrandline strandline = fixture.open();
        AtomicBoolean fails = new AtomicBoolean();
        strandline.watch(call -> {
            if (call.equals("note pipeline:ledger") && fails.get()) {
                throw new StrandlineException.Unavailable("busy");
            }
        });
        RunningPipeline running = fixture.deploy(strandline);
        fails.set(true);
        await(running.awaitEnd());
        Checkpoint oldest = await(running.checkpoints()).get(0);
        assertThat(fixture.log.subscribers(Ledger.SOURCE).get("pipeline:ledger"))
                .isNotEqualTo(oldest.cut());
        fails.set(false);
        long taken = running.statistics().taken();
        await(running.checkpoint());
        assertThat(running.statistics().taken()).isEqualTo(taken);
        assertThat(fixture.log.subscribers(Ledger.SOURCE).get("pipeline:ledger"))
                .isEqualTo(oldest.cut());
        await(running.close());
    }

    @Test
    void files_that_cannot_be_deleted_stop_nothing_and_go_with_the_next_one() throws Exception {
        MemoryStrandline strandline = fixture.open();
        AtomicBoolean fails = new AtomicBoolean(true);
        CheckpointStore store = fixture.store(strandline.vertx);
        CheckpointStore keeping = (CheckpointStore) Proxy.newProxyInstance(
                CheckpointStore.class.getClassLoader(),
                new Class<?>[] {CheckpointStore.class},
                (proxy, method, arguments) -> method.getName().equals("delete") && fails.get()
                        ? Future.failedFuture(new StrandlineException.Unavailable("the store is away"))
                        : method.invoke(store, arguments));
        List<String> before = fixture.files();
        RunningPipeline running =
                await(Ledger.pipeline().deploy(strandline.vertx, strandline, fixture.options(), keeping));
        await(running.awaitEnd());
        assertThat(fixture.files()).containsAll(before).hasSizeGreaterThan(before.size());
        fails.set(false);
        Ledger.deposit(fixture.log, 40, 10);
        await(running.awaitEnd());
        List<String> named = fixture.manifests().stream()
                .flatMap(manifest -> manifest.snapshots().stream())
                .flatMap(snapshot -> snapshot.files().stream())
                .distinct()
                .toList();
        assertThat(fixture.files()).containsExactlyInAnyOrderElementsOf(named);
        await(running.close());
    }

    @Test
    void an_interval_is_enough_to_take_one() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(
                        strandline.vertx,
                        strandline,
                        new PipelineOptions()
                                .setCheckpointDirectory(fixture.directory.toString())
                                .setCheckpointIntervalMillis(10)));
        awaitTrue(strandline, "a checkpoint", () -> running.statistics().taken() > 0);
    }

    /** The tasks stop at a step of an earlier run, so they do not come to the end of its steps. */
    @Test
    void some_intervals_pass_without_one_while_steps_are_repeated() throws Exception {
        for (String file : fixture.files()) {
            Files.write(fixture.directory.resolve("ledger").resolve(file), new byte[100]);
        }
        long intervalMillis = 400;
        MemoryStrandline strandline = fixture.open();
        Pipeline stopping = Ledger.pipeline(1, (before, deposit, output) -> {
            if (before.count() == 3) {
                throw new IllegalStateException("no fourth deposit");
            }
            return Ledger.step(before, deposit, output);
        });
        PipelineOptions options = fixture.options()
                .setCheckpointIntervalMillis(intervalMillis)
                .setCheckpointEvents(100_000)
                .setMaxReplayEvents(100_000);
        long began = System.nanoTime();
        RunningPipeline running = await(fixture.deploy(strandline, stopping, options));
        awaitTrue(strandline, "a checkpoint", () -> running.statistics().taken() > 0);
        assertThat(Duration.ofNanos(System.nanoTime() - began).toMillis())
                .isGreaterThanOrEqualTo((CheckpointTimer.MOST_LEFT_OUT + 1) * intervalMillis);
        await(running.close());
    }

    /** Outputs take far longer to the sink than files and a manifest would take without them. */
    @Test
    void none_is_durable_before_the_outputs_in_front_of_it() throws Exception {
        MemoryStrandline strandline = fixture.open();
        strandline.slow(Ledger.SINK, 200);
        AtomicInteger outputsAtManifest = new AtomicInteger();
        strandline.watch(call -> {
            if (call.equals("append " + CHECKPOINTS)) {
                outputsAtManifest.set(Ledger.texts(fixture.log, Ledger.SINK).size());
            }
        });
        PipelineOptions options = fixture.options().setCheckpointEvents(1_000).setMaxReplayEvents(1_000);
        RunningPipeline running = await(Ledger.pipeline().deploy(strandline.vertx, strandline, options));
        await(running.awaitEnd());
        assertThat(outputsAtManifest)
                .hasValue(Ledger.texts(fixture.log, Ledger.SINK).size());
        assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(Ledger.expectedOutputs(fixture.log));
        await(running.close());
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 137, 500})
    void a_restart_replays_no_more_than_the_options_say(int crashAt) throws Exception {
        PipelineOptions options = fixture.options().setCheckpointEvents(5).setMaxReplayEvents(10);
        Ledger.deposit(fixture.log, 1_000, 12);
        MemoryStrandline strandline = fixture.open();
        AtomicInteger steps = new AtomicInteger();
        long before = processed();
        await(Ledger.pipeline(1, (balance, deposit, output) -> {
                    if (steps.incrementAndGet() == crashAt) {
                        strandline.crash();
                    }
                    return Ledger.step(balance, deposit, output);
                })
                .deploy(strandline.vertx, strandline, options));
        await("a crash", strandline.untilCrash());
        fixture.crash(strandline);

        // Two tasks.
        assertThat(before + steps.get() - processed()).isBetween(0L, 20L);
        restart();
    }

    /** Far more changes than one slice moves come beside a checkpoint, and the next one follows at once. */
    @Test
    void one_that_follows_at_once_holds_all_that_changed_beside_the_one_before() throws Exception {
        fixture.log.createStream("bank/many", new StreamOptions());
        HeldWrites writes = new HeldWrites();
        CountDownLatch changed = new CountDownLatch(3_000);
        Pipeline pipeline = Pipeline.named("many", 1)
                .from("bank/many", TextCodec.STRING)
                .keyBy(Ledger::account)
                .aggregate("last", writes.codec, key -> "", (before, event) -> {
                    if (!event.endsWith(" 0")) {
                        changed.countDown();
                    }
                    return event;
                })
                .build();
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(pipeline.deploy(
                strandline.vertx,
                strandline,
                fixture.options().setCheckpointEvents(100_000).setMaxReplayEvents(100_000)));
        append("bank/many", 0, 1);
        Future<Checkpoint> first = running.awaitEnd();
        writes.awaitBegun();
        append("bank/many", 1, 3_000);
        HeldWrites.await(changed);
        Future<Checkpoint> second = running.checkpoint();
        writes.open();
        assertThat(await(first).keys()).isEqualTo(1);
        assertThat(await(second).keys()).isEqualTo(3_000);
        await(running.close());
    }

    private static Pipeline last() {
        return Pipeline.named("last", 1)
                .from("bank/many", TextCodec.STRING)
                .keyBy(Ledger::account)
                .aggregate("last", TextCodec.STRING, key -> "", (before, event) -> event)
                .build();
    }

    private RunningPipeline deployLast(long maxStateBytes) {
        MemoryStrandline strandline = fixture.open();
        return await(last().deploy(
                        strandline.vertx,
                        strandline,
                        fixture.options()
                                .setCheckpointEvents(100_000)
                                .setMaxReplayEvents(100_000)
                                .setFailurePolicy(FailurePolicy.FAIL)
                                .setMaxStateBytes(maxStateBytes)));
    }

    @Test
    void what_changed_since_the_one_before_is_written_and_counted() {
        fixture.log.createStream("bank/many", new StreamOptions());
        RunningPipeline running = deployLast(0);
        append("bank/many", 0, 10_000);
        Checkpoint first = await(running.awaitEnd());
        assertThat(running.statistics().lastChangedKeys()).isEqualTo(10_000);
        assertThat(running.statistics().lastBytes()).isEqualTo(first.bytes());

        append("bank/many", 1, 20);
        Checkpoint second = await(running.awaitEnd());
        assertThat(second.keys()).isEqualTo(10_000);
        assertThat(running.statistics().lastChangedKeys()).isEqualTo(20);
        assertThat(running.statistics().lastBytes()).isBetween(1_000L, first.bytes() / 4);
        assertThat(second.bytes())
                .isEqualTo(first.bytes() + running.statistics().lastBytes());
        await(running.close());

        RunningPipeline again = deployLast(0);
        assertThat(again.statistics().restored()).isEqualTo(second);
        append("bank/many", 2, 20);
        await(again.awaitEnd());
        assertThat(again.statistics().lastBytes())
                .as("a restart goes on with the files")
                .isLessThan(first.bytes() / 4);
        await(again.close());
    }

    /** Not by an OutOfMemoryError, which would take everything else in the process with it. */
    @Test
    void a_state_has_no_more_room_than_the_options_say() {
        fixture.log.createStream("bank/many", new StreamOptions());
        append("bank/many", 0, 3_000);
        RunningPipeline running = deployLast(0);
        await(running.awaitEnd());
        await(running.close());
        assertThatThrownBy(() -> deployLast(20_000))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContainingAll("operator last", "maxStateBytes is 20000");

        RunningPipeline small = deployLast(200_000);
        append("bank/many", 1, 12_000);
        assertThatThrownBy(() -> await(small.ended()))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContainingAll("operator last", "maxStateBytes is 200000");

        RunningPipeline large = deployLast(2_000_000);
        assertThat(await(large.awaitEnd()).keys()).isEqualTo(12_000);
        await(large.close());
    }

    /** Changes take several times the room of what is checkpointed: 20,000 take 3.2 MB, and then less than a million bytes. */
    @Test
    void changes_that_crowd_the_state_wait_for_a_checkpoint_which_is_taken_at_once() {
        fixture.log.createStream("bank/many", new StreamOptions());
        RunningPipeline running = deployLast(2_000_000);
        append("bank/many", 0, 20_000);
        assertThat(await(running.awaitEnd()).keys()).isEqualTo(20_000);
        assertThat(running.statistics().taken()).isBetween(2L, 30L);
        await(running.close());
    }

    private void append(String stream, int round, int keys) {
        int epoch = fixture.log.admit(stream, "many");
        for (int i = 0; i < keys; i++) {
            String key = "key-" + i;
            byte[] bytes = (key + " " + round).getBytes(StandardCharsets.UTF_8);
            fixture.log.append(
                    stream,
                    "many",
                    epoch,
                    new Sequence(epoch, i),
                    new MemoryLog.Stored(key, TextCodec.STRING.typeOf(""), bytes));
        }
    }

    private long processed() {
        return fixture.checkpointOf(fixture.newestManifest()).cut().offsets().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }
}
