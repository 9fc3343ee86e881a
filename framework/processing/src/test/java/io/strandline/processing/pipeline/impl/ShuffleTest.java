package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pipelines of several stages that nothing disturbs. */
class ShuffleTest extends OnPipelineFixture {

    @BeforeEach
    void createStreams() {
        Buckets.createStreams(log, 3);
        Ledger.deposit(log, Buckets.SOURCE, 200, 1);
    }

    private RunningPipeline deploy(Pipeline pipeline) {
        return await(fixture.deploy(fixture.open(), pipeline, fixture.options()));
    }

    /** To the end of its sources. */
    private RunningPipeline run(Pipeline pipeline) {
        return fixture.run(pipeline, fixture.options());
    }

    /** Its steps after the shuffle fail for one of the buckets. */
    private static Pipeline failing() {
        return Pipeline.named(Buckets.NAME, 1)
                .from(Buckets.SOURCE, TextCodec.STRING)
                .keyBy("by-bucket", TextCodec.STRING, Buckets::bucket)
                .map(deposit -> {
                    if (Buckets.bucket(deposit).equals("bucket-3")) {
                        throw new IllegalStateException("no threes");
                    }
                    return deposit;
                })
                .to(Buckets.SINK, TextCodec.STRING)
                .build();
    }

    @Test
    void keys_of_all_partitions_come_together() {
        RunningPipeline running = deploy(Buckets.pipeline());
        await(running.awaitEnd());
        Buckets.assertExact(log, Buckets.SOURCE);
        assertThat(log.describe(Buckets.THROUGH).partitions()).hasSize(3);
        assertThat(await(running.lag())).isZero();
        assertThat(await(running.position())).isEqualTo(log.endCut(Buckets.SOURCE));
        await(running.close());
        await(running.ended());
        assertThat(running.statistics().pauses().cuts())
                .as("three tasks in each of the two stages")
                .isEqualTo(3 * running.statistics().taken());
    }

    @Test
    void sources_come_together_and_each_has_a_position() {
        Ledger.deposit(log, Buckets.OTHER, 100, 2);
        RunningPipeline running = deploy(Buckets.merged());
        await(running.awaitEnd());
        Buckets.assertExact(log, Buckets.SOURCE, Buckets.OTHER);
        assertThat(await(running.position(Buckets.OTHER))).isEqualTo(log.endCut(Buckets.OTHER));
        assertThatThrownBy(() -> await(running.position("bank/none")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("bank/none");
        Ledger.deposit(log, Buckets.OTHER, 100, 3);
        await(running.awaitPosition(log.endCut(Buckets.OTHER)));
        Buckets.assertExact(log, Buckets.SOURCE, Buckets.OTHER);
        await(running.close());
    }

    /** Nothing else says when the events that one stage passes to the next may go. */
    @Test
    void what_goes_into_a_shuffle_is_held_whatever_the_options_say() {
        RunningPipeline running = await(fixture.deploy(
                fixture.open(), Buckets.pipeline(), fixture.options().setHoldRetention(false)));
        assertThat(log.subscribers(Buckets.SOURCE)).isEmpty();
        assertThat(log.subscribers(Buckets.THROUGH)).hasSize(1);
        await(running.close());
    }

    @Test
    void the_number_of_tasks_after_a_shuffle_can_be_chosen() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(
                fixture.deploy(strandline, Buckets.pipeline(), fixture.options().setShufflePartitions(5)));
        await(running.awaitEnd());
        assertThat(log.describe(Buckets.THROUGH).partitions()).hasSize(5);
        Buckets.assertExact(log, Buckets.SOURCE);
        assertThatThrownBy(() -> await(fixture.deploy(
                        strandline, Buckets.pipeline(), fixture.options().setShufflePartitions(65))))
                .hasMessageContaining("shufflePartitions is 65");
    }

    @Test
    void each_stage_goes_on_from_its_own_checkpoint() {
        run(Buckets.pipeline());
        Ledger.deposit(log, Buckets.SOURCE, 100, 4);
        assertThat(run(Buckets.pipeline()).statistics().restored()).isNotNull();
        Buckets.assertExact(log, Buckets.SOURCE);
    }

    @Test
    void a_deletion_leaves_nothing_but_outputs() {
        run(Buckets.pipeline());
        MemoryStrandline strandline = fixture.open();
        await(Buckets.pipeline().delete(strandline.vertx, strandline, fixture.options()));
        assertNothingIsLeft();
        await(Buckets.pipeline().delete(strandline.vertx, strandline, fixture.options()));
        assertThat(log.describe(Buckets.SOURCE).name()).isEqualTo(StreamName.parse(Buckets.SOURCE));
    }

    private void assertNothingIsLeft() {
        assertThat(fixture.directory).isEmptyDirectory();
        assertThat(log.writers(Buckets.SINK)).isEmpty();
        assertThat(log.subscribers(Buckets.SOURCE)).isEmpty();
        assertThat(checkpointStreams()).noneMatch(log::exists);
        assertThat(log.exists(Buckets.THROUGH)).isFalse();
    }

    private static List<String> checkpointStreams() {
        return List.of(
                "_strandline/checkpoints-" + Buckets.NAME, "_strandline/checkpoints-" + Buckets.NAME + "--by-bucket");
    }

    @Test
    void a_deletion_that_stops_anywhere_is_finished_by_the_next_and_nothing_runs_between() {
        boolean isStopped = true;
        for (int call = 0; isStopped; call++) {
            run(Buckets.pipeline());
            isStopped = stopsDeletionAt(call);
        }
    }

    /** Returns false if the deletion does not make so many calls. */
    private boolean stopsDeletionAt(int call) {
        MemoryStrandline strandline = fixture.open();
        crashAtCall(strandline, call);
        boolean isStopped = fixture.awaitEndOrCrash(
                strandline, Buckets.pipeline().delete(strandline.vertx, strandline, fixture.options()));
        if (isStopped) {
            long stages = checkpointStreams().stream().filter(log::exists).count();
            MemoryStrandline next = fixture.open();
            Future<RunningPipeline> run = fixture.deploy(next, Buckets.pipeline(), fixture.options());
            Throwable refused = catchThrowable(() -> await(run));
            if (stages == 1) {
                assertThat(refused).isInstanceOf(StrandlineException.Conflict.class);
            }
            if (refused == null) {
                await(run.result().close());
            }
            await(Buckets.pipeline().delete(next.vertx, next, fixture.options()));
        }
        assertNothingIsLeft();
        return isStopped;
    }

    /** Calls are counted, not named: on one log the names of its writers and partitions are others in each life. */
    private static void crashAtCall(MemoryStrandline strandline, int call) {
        Runnable called = strandline.crashingAt(call);
        strandline.watch(kind -> called.run());
    }

    @Test
    void a_stage_that_stops_stops_all_with_its_cause() {
        Ledger.deposit(log, Buckets.SOURCE, 1, 5);
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running =
                await(fixture.deploy(strandline, failing(), fixture.options().setFailurePolicy(FailurePolicy.FAIL)));
        assertThatThrownBy(() -> await(running.ended())).hasMessageContaining("no threes");
        assertThatThrownBy(() -> await(running.awaitEnd())).hasMessageContaining("no threes");
        assertThatThrownBy(() -> await(running.checkpoint())).hasMessageContaining("no threes");
        assertThatThrownBy(() -> await(running.close())).hasMessageContaining("no threes");
        assertThat(strandline.vertx.deploymentIDs()).isEmpty();
    }

    @Test
    void an_event_that_is_parked_after_a_shuffle_is_the_one_that_went_into_it() {
        MemoryStrandline strandline = fixture.open();
        PipelineOptions options = fixture.options()
                .setFailurePolicy(FailurePolicy.PARK)
                .setMaxAttempts(1)
                .setHoldKeys(true);
        RunningPipeline running = await(fixture.deploy(strandline, failing(), options));
        await(running.awaitEnd());
        List<String> threes = Ledger.texts(log, Buckets.SOURCE).stream()
                .filter(deposit -> Buckets.bucket(deposit).equals("bucket-3"))
                .sorted()
                .toList();
        List<RunningPipeline.ParkedEvent> parked = await(running.parked());
        assertThat(parked).hasSameSizeAs(threes).allMatch(event -> "bucket-3".equals(event.key()));
        List<String> replayed = new ArrayList<>();
        await(running.replay(
                parked.stream().map(RunningPipeline.ParkedEvent::id).toList(), TextCodec.STRING, event -> {
                    replayed.add(event.event());
                    return Future.succeededFuture();
                }));
        replayed.sort(null);
        assertThat(replayed).isEqualTo(threes);
        await(running.close());
    }

    @Test
    void a_partition_that_no_mark_reaches_is_refused() {
        RunningPipeline running = deploy(Buckets.pipeline());
        await(running.awaitEnd());
        long narrow = 0;
        for (int i = 0; i < 6; i++) {
            narrow = Scalings.split(log, Buckets.THROUGH, 0, 0);
        }
        assertThat(narrow).isPositive();
        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(Buckets.THROUGH)
                .hasMessageContaining("64 marks");
        Scalings.merge(
                log, Buckets.THROUGH, 0, log.partitionsNow(Buckets.THROUGH).size(), 0);
        run(Buckets.pipeline());
        Buckets.assertExact(log, Buckets.SOURCE);
    }

    /** Retention of the internal stream would wait forever for a name that only a later stage has. */
    @Test
    void a_name_whose_removal_stops_anywhere_can_be_removed_again() {
        boolean isStopped = true;
        for (int call = 0; isStopped; call++) {
            MemoryStrandline strandline = fixture.open();
            RunningPipeline running = await(fixture.deploy(strandline, Buckets.pipeline(), fixture.options()));
            await(running.awaitEnd());
            await(running.checkpoint("name"));
            assertThat(log.subscribers(Buckets.THROUGH)).hasSize(2);
            crashAtCall(strandline, call);
            isStopped = fixture.awaitEndOrCrash(strandline, running.unpin("name"));
            RunningPipeline again = deploy(Buckets.pipeline());
            if (await(again.pinnedCheckpoints()).containsKey("name")) {
                await(again.unpin("name"));
            }
            await(again.checkpoint("name")); // is free in all stages
            await(again.unpin("name"));
            assertThat(log.subscribers(Buckets.THROUGH)).hasSize(1);
            assertThat(log.subscribers(Buckets.SOURCE)).hasSize(1);
            await(again.close());
        }
    }

    @Test
    void a_new_version_may_have_no_shuffle_any_more() {
        run(Buckets.pipeline());
        Pipeline without = Pipeline.named(Buckets.NAME, 2)
                .from(Buckets.SOURCE, TextCodec.STRING)
                .to(Buckets.SINK, TextCodec.STRING)
                .build();
        MemoryStrandline strandline = fixture.open();
        PipelineOptions options = fixture.options().setVersionChangeAllowed(true);
        assertThatThrownBy(() -> await(fixture.deploy(strandline, without, options)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("state of operator sum");
        RunningPipeline next = await(fixture.deploy(strandline, without, options.setDroppedState(Set.of("sum"))));
        assertThat(next.statistics().restored()).isNotNull();
        assertThat(next.statistics().damaged()).isZero();
        Ledger.deposit(log, Buckets.SOURCE, 10, 9);
        await(next.awaitEnd());
        await(next.close());
        RunningPipeline last = deploy(without);
        await(last.awaitEnd());
        assertThat(await(last.lag())).isZero();
        await(last.close());
    }

    /** The log has removed what an internal stream began with. */
    @Test
    void a_reset_of_several_stages_is_refused_and_the_pipeline_goes_on_as_before() {
        run(Buckets.pipeline());
        log.truncate(Buckets.THROUGH, log.endCut(Buckets.THROUGH));
        MemoryStrandline strandline = fixture.open();
        Future<RunningPipeline> reset = Buckets.pipeline()
                .reset(strandline.vertx, strandline, fixture.options(), fixture.store(strandline.vertx));
        assertThatThrownBy(() -> await(reset))
                .isInstanceOf(StrandlineException.Truncated.class)
                .hasMessageContaining(Buckets.THROUGH);
        assertThat(strandline.vertx.deploymentIDs()).isEmpty();
        Ledger.deposit(log, Buckets.SOURCE, 100, 4);
        assertThat(run(Buckets.pipeline()).statistics().restored()).isNotNull();
        Buckets.assertExact(log, Buckets.SOURCE);
    }

    /** The tasks that feed the new shuffle are not those with which the pipeline began. */
    @Test
    void a_new_version_may_have_a_shuffle_after_its_source_was_scaled() {
        Pipeline without = Pipeline.named(Buckets.NAME, 1)
                .from(Buckets.SOURCE, TextCodec.STRING)
                .filter(deposit -> false)
                .to(Buckets.SINK, TextCodec.STRING)
                .build();
        RunningPipeline running = deploy(without);
        await(running.awaitEnd());
        Scalings.split(log, Buckets.SOURCE, 2, 0);
        Ledger.deposit(log, Buckets.SOURCE, 100, 4);
        await(running.awaitEnd());
        await(running.close());
        int before = Ledger.texts(log, Buckets.SOURCE).size();
        for (int life = 0; life < 2; life++) {
            Ledger.deposit(log, Buckets.SOURCE, 100, 5 + life);
            RunningPipeline next = await(fixture.deploy(
                    fixture.open(), Buckets.pipeline(2), fixture.options().setVersionChangeAllowed(true)));
            await(next.awaitEnd());
            assertThat(await(next.describe()).tasks()) // all tasks before the shuffle have spoken
                    .allMatch(task -> task.watermark() > Long.MIN_VALUE);
            Scalings.split(log, Buckets.SOURCE, 2, 0);
            Ledger.deposit(log, Buckets.SOURCE, 100, 7 + life);
            await(next.awaitEnd());
            await(next.close());
        }
        assertThat(Ledger.texts(log, Buckets.SINK))
                .hasSize(Ledger.texts(log, Buckets.SOURCE).size() - before);
    }
}
