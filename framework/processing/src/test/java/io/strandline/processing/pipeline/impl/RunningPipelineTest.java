package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.DirectoryFiles;
import io.strandline.processing.pipeline.impl.checkpoint.FileCheckpointStore;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotChain;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningPipelineTest extends OnPipelineFixture {

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 3);
    }

    /** A step that fails stops the pipeline. */
    private PipelineOptions stopping() {
        return fixture.options().setFailurePolicy(FailurePolicy.FAIL).setMaxAttempts(1);
    }

    @Test
    void processes_what_is_there_and_what_comes_later() throws Exception {
        Ledger.deposit(fixture.log, 300, 1);
        RunningPipeline running = fixture.deploy(fixture.open());
        Checkpoint first = await(running.awaitEnd());
        assertThat(first.cut()).isEqualTo(fixture.log.endCut(Ledger.SOURCE));

        Ledger.deposit(fixture.log, 200, 2);
        Checkpoint second = await(running.awaitPosition(fixture.log.endCut(Ledger.SOURCE)));

        assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(Ledger.expectedOutputs(fixture.log));
        assertThat(fixture.balances()).isEqualTo(Ledger.expectedBalances(fixture.log));
        assertThat(second.number()).isGreaterThan(first.number());
        assertThat(await(running.position())).isEqualTo(second.cut());
        assertThat(await(running.lag())).isZero();
        assertThat(running.statistics().last()).isEqualTo(second);
        CheckpointStatistics statistics = running.statistics();
        assertThat(statistics.taken()).isPositive();
        assertThat(statistics.pauses().cuts())
                .isEqualTo(statistics.taken() * first.cut().offsets().size());
        assertThat(statistics.pauses().longestNanos()).isBetween(1L, TimeUnit.MINUTES.toNanos(10));
        await(running.close());
    }

    @Test
    void waits_while_its_outputs_are_on_their_way() {
        Ledger.deposit(fixture.log, 300, 1);
        MemoryStrandline strandline = fixture.open();
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        strandline.slow(Ledger.SINK, 2);
        strandline.watchAccepted(stream -> {
            if (stream.equals(Ledger.SINK)) {
                most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            }
        });
        strandline.watch(call -> {
            if (call.equals("append " + Ledger.SINK)) {
                underWay.decrementAndGet();
            }
        });
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(strandline.vertx, strandline, fixture.options().setWriteQueueBytes(1)));
        await(running.awaitEnd());
        assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(Ledger.expectedOutputs(fixture.log));
        assertThat(most).as("of three tasks with two outputs each").hasValueLessThanOrEqualTo(6);
    }

    @Test
    void a_checkpoint_that_could_not_get_its_name_holds_no_retention() {
        Ledger.deposit(fixture.log, 100, 1);
        MemoryStrandline strandline = fixture.open();
        AtomicBoolean refuses = new AtomicBoolean(true);
        Strandline refusing = FailingWriters.refusing(
                strandline,
                CheckpointStream.nameOf("ledger").toString(),
                text -> refuses.get() && text.contains("lunch"));
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(strandline.vertx, refusing, fixture.options(), fixture.store(strandline.vertx)));
        await(running.awaitEnd());
        assertThatThrownBy(() -> await(running.checkpoint("lunch"))).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(fixture.log.subscribers(Ledger.SOURCE)).containsOnlyKeys("pipeline:ledger");
        refuses.set(false);
        await(running.checkpoint("lunch"));
        assertThat(fixture.log.subscribers(Ledger.SOURCE)).containsOnlyKeys("pipeline:ledger", "pipeline:ledger!lunch");
        await(running.close());
    }

    @Test
    void a_checkpoint_whose_name_is_in_doubt_is_kept_until_the_name_is_taken_back() {
        Ledger.deposit(fixture.log, 100, 1);
        MemoryStrandline strandline = fixture.open();
        AtomicBoolean doubts = new AtomicBoolean(true);
        Strandline doubting = FailingWriters.doubting(
                strandline,
                CheckpointStream.nameOf("ledger").toString(),
                text -> doubts.get() && text.contains("lunch"));
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(
                        strandline.vertx,
                        doubting,
                        fixture.options().setRetainedCheckpoints(1),
                        fixture.store(strandline.vertx)));
        await(running.awaitEnd());
        assertThatThrownBy(() -> await(running.checkpoint("lunch"))).isInstanceOf(StrandlineException.Unknown.class);
        Checkpoint named =
                Objects.requireNonNull(await(running.pinnedCheckpoints()).get("lunch"));
        doubts.set(false);
        Ledger.deposit(fixture.log, 10, 2);
        await(running.awaitEnd());
        await(running.checkpoint());
        assertThat(await(running.checkpoints())).contains(named).hasSize(2);
        await(running.unpin("lunch"));
        await(running.checkpoint());
        assertThat(await(running.checkpoints())).doesNotContain(named);
        await(running.close());
    }

    @Test
    void a_source_that_is_away_for_a_while_is_read_on() throws Exception {
        Ledger.deposit(fixture.log, 300, 1);
        MemoryStrandline strandline = fixture.open();
        AtomicInteger steps = new AtomicInteger();
        RunningPipeline running = await(Ledger.pipeline(1, (before, deposit, output) -> {
                    if (steps.incrementAndGet() % 60 == 0) {
                        fixture.log.takeAway(Ledger.SOURCE, 7);
                    }
                    return Ledger.step(before, deposit, output);
                })
                .deploy(strandline.vertx, strandline, fixture.options()));
        await(running.awaitEnd());
        assertThat(steps).hasValue(300);
        assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(Ledger.expectedOutputs(fixture.log));
        assertThat(fixture.balances()).isEqualTo(Ledger.expectedBalances(fixture.log));
    }

    @Test
    void a_source_that_is_away_for_too_long_stops_the_pipeline() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(strandline.vertx, strandline, fixture.options().setRetryTimeoutMillis(50)));
        await(running.awaitEnd());
        fixture.log.takeAway(Ledger.SOURCE, Integer.MAX_VALUE);
        Ledger.deposit(fixture.log, 10, 1);
        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("is away");
    }

    @Test
    void sink_and_checkpoints_may_be_away_as_long_as_the_source() {
        MemoryStrandline strandline = fixture.open();
        await(Ledger.pipeline()
                .deploy(strandline.vertx, strandline, fixture.options().setRetryTimeoutMillis(77)));
        assertThat(strandline.writers)
                .hasSize(4)
                .containsKeys("pipeline/ledger/7", "pipeline/ledger/checkpoints")
                .allSatisfy((id, options) ->
                        assertThat(options.getRetryTimeoutMillis()).isEqualTo(77));
    }

    @Test
    void a_clean_stop_leaves_nothing_to_do_again() {
        Ledger.deposit(fixture.log, 300, 1);
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        Ledger.deposit(fixture.log, 7, 2);
        await(running.close());
        await(running.close());
        await(running.ended());
        assertThatThrownBy(() -> await(running.checkpoint())).isInstanceOf(StrandlineException.Unavailable.class);

        StreamCut stoppedAt = fixture.checkpointOf(fixture.newestManifest()).cut();
        AtomicInteger steps = new AtomicInteger();
        MemoryStrandline next = fixture.open();
        RunningPipeline again = await(Ledger.pipeline(1, (before, deposit, output) -> {
                    steps.incrementAndGet();
                    return Ledger.step(before, deposit, output);
                })
                .deploy(next.vertx, next, fixture.options()));
        Checkpoint restored = again.statistics().restored();
        assertThat(restored).isNotNull();
        assertThat(restored.cut()).isEqualTo(stoppedAt);
        await(again.awaitEnd());
        long left = 307
                - stoppedAt.offsets().values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
        assertThat(steps).hasValue((int) left);
        assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(Ledger.expectedOutputs(fixture.log));
    }

    @Test
    void a_step_that_throws_stops_in_front_of_its_event() {
        Ledger.deposit(fixture.log, 200, 1);
        MemoryStrandline strandline = fixture.open();
        String poison = Ledger.texts(fixture.log, Ledger.SOURCE).get(20);
        RunningPipeline running = await(Ledger.pipeline(1, (state, deposit, output) -> {
                    output.emit("poisoned", deposit);
                    if (deposit.equals(poison)) {
                        throw new IllegalStateException("cannot add " + deposit);
                    }
                    return state.plus(deposit);
                })
                .deploy(strandline.vertx, strandline, stopping()));

        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("bank/deposits partition 7 offset 20")
                .hasMessageContaining("cannot add " + poison)
                .hasCauseInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> await(running.awaitEnd())).hasMessageContaining("offset 20");
        assertThatThrownBy(() -> await(running.position())).hasMessageContaining("offset 20");
        assertThatThrownBy(() -> await(running.close())).hasMessageContaining("offset 20");
        assertThat(Ledger.texts(fixture.log, Ledger.SINK)).doesNotContain(poison);
    }

    @Test
    void a_corrected_step_goes_on_where_the_failing_one_stopped() {
        Ledger.deposit(fixture.log, 400, 1);
        MemoryStrandline strandline = fixture.open();
        AtomicInteger steps = new AtomicInteger();
        RunningPipeline failing = await(Ledger.pipeline(1, (state, deposit, output) -> {
                    if (steps.incrementAndGet() == 250) {
                        throw new IllegalStateException("once");
                    }
                    return Ledger.step(state, deposit, output);
                })
                .deploy(strandline.vertx, strandline, stopping()));
        assertThatThrownBy(() -> await(failing.ended())).hasMessageContaining("once");

        RunningPipeline again = fixture.deploy(strandline);
        await(again.awaitEnd());
        assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(Ledger.expectedOutputs(fixture.log));
    }

    @Test
    void a_step_on_records_sees_routing_key_and_place_and_repeats_them_after_a_restart() {
        Ledger.deposit(fixture.log, 100, 1);
        Pipeline pipeline = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .keyByRoutingKey()
                .<Ledger.Balance, String>process(
                        "balance",
                        Ledger.BALANCES,
                        account -> new Ledger.Balance(0, account.length()),
                        (state, deposit, context) -> {
                            context.emit(context.partition() + "/" + context.offset() + "/" + context.stamp() + "/"
                                    + deposit);
                            return state.plus(deposit);
                        })
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
        MemoryStrandline first = fixture.open();
        RunningPipeline crashed = await(pipeline.deploy(first.vertx, first, fixture.options()));
        await(crashed.awaitEnd());
        List<String> outputs = Ledger.texts(fixture.log, Ledger.SINK);
        assertThat(outputs).hasSize(100).anyMatch(text -> text.contains("/account-"));

        // The first run's outputs are compared with those of the second, and dropped.
        MemoryStrandline second = fixture.open();
        RunningPipeline again = await(pipeline.deploy(second.vertx, second, fixture.options()));
        await(again.awaitEnd());
        assertThat(Ledger.texts(fixture.log, Ledger.SINK)).isEqualTo(outputs);
    }

    @Test
    void an_event_without_routing_key_has_no_key_by_it() {
        int epoch = fixture.log.admit(Ledger.SOURCE, "deposits");
        byte[] bytes = "account-1 5".getBytes(StandardCharsets.UTF_8);
        fixture.log.append(
                Ledger.SOURCE,
                "deposits",
                epoch,
                new Sequence(epoch, 0),
                new MemoryLog.Stored(null, TextCodec.STRING.typeOf(""), bytes));
        MemoryStrandline strandline = fixture.open();
        Pipeline pipeline = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .keyByRoutingKey()
                .aggregate("balance", Ledger.BALANCES, account -> new Ledger.Balance(0, 0), (state, deposit) -> state)
                .build();
        RunningPipeline running = await(pipeline.deploy(strandline.vertx, strandline, stopping()));
        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("offset 0")
                .hasMessageContaining("has no key");
    }

    @Test
    void an_output_that_its_codec_refuses_stops_the_pipeline() {
        Ledger.deposit(fixture.log, 100, 1);
        MemoryStrandline strandline = fixture.open();
        Pipeline pipeline = Ledger.pipeline(
                1,
                Ledger.SOURCE,
                TextCodec.of("refused", output -> output.text().substring(1_000), text -> new Ledger.Keyed("", text)),
                Ledger::step);
        RunningPipeline running = await(pipeline.deploy(strandline.vertx, strandline, stopping()));
        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("an output of pipeline ledger v1")
                .hasMessageContaining("offset 0");
    }

    /** What the log has not taken is in no checkpoint, whatever the failure is. */
    @Test
    void outputs_that_the_log_refuses_stop_the_pipeline_before_the_next_checkpoint() {
        Ledger.deposit(fixture.log, 100, 1);
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        long newest = fixture.newestManifest().number();
        fixture.log.deleteStream(Ledger.SINK);
        Ledger.deposit(fixture.log, 20, 2);
        assertThatThrownBy(() -> await(running.awaitEnd()))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining(Ledger.SINK);
        assertThatThrownBy(() -> await(running.ended())).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(fixture.newestManifest().number()).isEqualTo(newest);
    }

    /** It counts as full from then on, and nothing is on its way whose future would say why. */
    @Test
    void a_writer_that_fails_at_rest_stops_the_pipeline() {
        MemoryStrandline strandline = fixture.open();
        Queue<Consumer<Throwable>> writers = new ConcurrentLinkedQueue<>();
        Strandline failing = FailingWriters.atRest(strandline, Ledger.SINK, writers);
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(strandline.vertx, failing, fixture.options(), fixture.store(strandline.vertx)));
        assertThat(writers).hasSize(3);
        StrandlineException.Unavailable away = new StrandlineException.Unavailable("the sink is away");
        writers.element().accept(away);
        assertThatThrownBy(() -> await(running.ended())).isSameAs(away);
    }

    @Test
    void a_newer_run_fences_the_one_before() {
        Ledger.deposit(fixture.log, 100, 1);
        RunningPipeline older = fixture.deploy(fixture.open());
        await(older.awaitEnd());
        RunningPipeline newer = fixture.deploy(fixture.open());

        Ledger.deposit(fixture.log, 100, 2);
        await(newer.awaitEnd());
        assertThatThrownBy(() -> await(older.checkpoint())).isInstanceOf(StrandlineException.Fenced.class);
        assertThatThrownBy(() -> await(older.ended())).isInstanceOf(StrandlineException.Fenced.class);
        await(newer.checkpoint());
        assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(Ledger.expectedOutputs(fixture.log));
    }

    /** Without a sink there is no other writer that could fence it. */
    @Test
    void a_newer_run_fences_the_checkpoints_of_the_one_before() throws Exception {
        Ledger.deposit(fixture.log, 100, 1);
        Pipeline pipeline = Ledger.silent(Ledger::account);
        MemoryStrandline first = fixture.open();
        RunningPipeline older = await(pipeline.deploy(first.vertx, first, fixture.options()));
        await(older.awaitEnd());
        MemoryStrandline second = fixture.open();
        RunningPipeline newer = await(pipeline.deploy(second.vertx, second, fixture.options()));
        Ledger.deposit(fixture.log, 10, 2);
        long epoch = await(newer.awaitEnd()).epoch();
        assertThatThrownBy(() -> await(older.awaitEnd())).isInstanceOf(StrandlineException.Fenced.class);
        assertThatThrownBy(() -> await(older.ended())).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(fixture.newestManifest().taken().epoch()).isEqualTo(epoch);
        assertThat(fixture.balances()).isEqualTo(Ledger.expectedBalances(fixture.log));
    }

    @Test
    void an_event_that_a_reader_loses_stops_the_pipeline() {
        Ledger.deposit(fixture.log, 100, 1);
        MemoryStrandline strandline = fixture.open();
        strandline.lose(5);
        RunningPipeline running = fixture.deploy(strandline);
        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("expected offset 5")
                .hasMessageContaining("handed offset 6");
        assertThat(Ledger.texts(fixture.log, Ledger.SINK)).hasSizeLessThan(30);
    }

    @Test
    void a_key_other_than_the_routing_key_is_refused() {
        Ledger.deposit(fixture.log, 100, 1);
        MemoryStrandline strandline = fixture.open();
        Pipeline pipeline = Ledger.silent(deposit -> "the bank");
        RunningPipeline running = await(pipeline.deploy(strandline.vertx, strandline, stopping()));
        assertThatThrownBy(() -> await(running.ended()))
                .hasMessageContaining("key the bank of operator balance is not the routing key account-")
                .hasMessageContaining("keyBy");
    }

    @Test
    void a_checkpoint_directory_that_cannot_be_written_is_unavailable_and_named(@TempDir Path directory)
            throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        MemoryStrandline strandline = fixture.open();
        assertThatThrownBy(() -> await(Ledger.pipeline()
                        .deploy(
                                strandline.vertx,
                                strandline,
                                fixture.options().setCheckpointDirectory(file.toString()))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining(file.resolve("ledger").toString());
        PipelineSnapshots missing = new PipelineSnapshots(
                strandline.vertx.getOrCreateContext(),
                new FileCheckpointStore(strandline.vertx, name -> new DirectoryFiles(directory.resolve("missing"))),
                "ledger");
        TaskCut cut = new TaskCut(
                7,
                1,
                1,
                false,
                Map.of(),
                new OperatorStates(Ledger.pipeline().topology(), EventTime.START).capture(),
                new SnapshotChain(),
                0);
        assertThatThrownBy(() -> await(missing.write(new CheckpointEntry.Taken(5, 3, 2), List.of(cut))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("missing");
    }

    @Test
    void a_log_without_files_here_needs_a_checkpoint_directory() {
        MemoryStrandline strandline = fixture.open();
        PipelineOptions options = fixture.options().setCheckpointDirectory(null);
        assertThatThrownBy(() -> await(Ledger.pipeline().deploy(strandline.vertx, strandline, options)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("checkpointDirectory is not set");
        assertThatThrownBy(() -> await(Ledger.pipeline().delete(strandline.vertx, strandline, options)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("checkpointDirectory is not set");
        assertThat(strandline.vertx.deploymentIDs()).isEmpty();
    }

    /** What a pipeline over one event says whose key is this. */
    private String refusalOf(String key) {
        Ledger.deposit(fixture.log, 1, 1);
        MemoryStrandline strandline = fixture.open();
        Pipeline pipeline = Ledger.silent(deposit -> key);
        RunningPipeline running = await(pipeline.deploy(strandline.vertx, strandline, stopping()));
        Throwable refusal = catchThrowable(() -> await(running.ended()));
        assertThat(refusal).isInstanceOf(StrandlineException.Invalid.class);
        return String.valueOf(refusal.getMessage());
    }

    @Test
    @SuppressWarnings("NullAway") // what keyBy may give nevertheless
    void an_event_without_key_is_named_as_such() {
        assertThat(refusalOf(null)).contains("the event at offset 0 of partition", "has no key", "balance");
    }

    @Test
    void a_key_with_half_a_surrogate_pair_is_refused() {
        assertThat(refusalOf("ann \uD83D")).contains("is not the routing key account-5");
    }

    @Test
    void keeps_state_without_a_sink_and_forgets_keys() throws Exception {
        Ledger.deposit(fixture.log, 200, 1);
        MemoryStrandline strandline = fixture.open();
        Pipeline pipeline = Ledger.silent(
                Ledger::account,
                Ledger.BALANCES,
                (state, deposit) -> Ledger.account(deposit).equals("account-3") ? null : state.plus(deposit));
        RunningPipeline running = await(pipeline.deploy(strandline.vertx, strandline, fixture.options()));
        await(running.awaitEnd());
        Map<String, Ledger.Balance> expected = Ledger.expectedBalances(fixture.log);
        expected.remove("account-3");
        assertThat(fixture.balances()).isEqualTo(expected);
    }

    @Test
    void another_version_needs_permission() {
        Ledger.deposit(fixture.log, 100, 1);
        RunningPipeline first = fixture.deploy(fixture.open());
        await(first.awaitEnd());
        await(first.close());

        MemoryStrandline strandline = fixture.open();
        Pipeline second = Ledger.pipeline(2, Ledger::step);
        assertThatThrownBy(() -> await(second.deploy(strandline.vertx, strandline, fixture.options())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("pipeline ledger v2")
                .hasMessageContaining("version 1")
                .hasMessageContaining("versionChangeAllowed");
        RunningPipeline running = await(
                second.deploy(strandline.vertx, strandline, fixture.options().setVersionChangeAllowed(true)));
        assertThat(await(running.checkpoint()).version()).isEqualTo(2);
        await(running.close());
        await(second.deploy(strandline.vertx, strandline, fixture.options()));
    }

    @Test
    void a_missing_stream_or_a_foreign_cut_is_named() {
        MemoryStrandline strandline = fixture.open();
        Pipeline lost = Ledger.pipeline(1, "bank/nothing", Ledger.Keyed.CODEC, Ledger::step);
        Future<RunningPipeline> refused = lost.deploy(strandline.vertx, strandline, fixture.options());
        assertThatThrownBy(() -> await(refused))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("bank/nothing");

        RunningPipeline running = fixture.deploy(strandline);
        StreamCut foreign = StreamCut.of(StreamName.parse("bank/other"), 1, 0);
        assertThatThrownBy(() -> await(running.awaitPosition(foreign)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("bank/other");
        StreamCut unknown = StreamCut.of(StreamName.parse(Ledger.SOURCE), 99, 0);
        assertThatThrownBy(() -> await(running.awaitPosition(unknown))).hasMessageContaining("99");
    }

    @Test
    void a_stream_that_was_created_anew_is_refused() {
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.close());
        fixture.log.deleteStream(Ledger.SOURCE);
        fixture.log.createStream(Ledger.SOURCE, new StreamOptions().setPartitions(3));
        assertThatThrownBy(() -> fixture.deploy(fixture.open()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("[7, 8, 9]");
    }
}
