package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checkpoints with names, and runs that begin from an earlier checkpoint or without state. */
class ReentryTest extends OnPipelineFixture {

    private final AtomicInteger steps = new AtomicInteger();

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 2);
    }

    private Pipeline counting() {
        return Ledger.pipeline(1, (before, deposit, output) -> {
            steps.incrementAndGet();
            return Ledger.step(before, deposit, output);
        });
    }

    private RunningPipeline restore(MemoryStrandline process, String checkpoint) {
        steps.set(0);
        return await(counting()
                .restore(process.vertx, process, fixture.options(), fixture.store(process.vertx), checkpoint));
    }

    /** So many checkpoints, each of 60 more events. */
    private void take(RunningPipeline running, int checkpoints) {
        for (int i = 0; i < checkpoints; i++) {
            fixture.deposit();
            await(running.awaitEnd());
        }
    }

    @Test
    void a_checkpoint_with_a_name_outlives_the_retained_ones_and_is_restored() throws Exception {
        MemoryStrandline first = fixture.open();
        RunningPipeline running = fixture.deploy(first);
        take(running, 1);
        Checkpoint pinned = await(running.checkpoint("before-lunch"));
        take(running, 6);
        assertThat(await(running.checkpoints())).hasSize(4).startsWith(pinned);
        assertThat(await(running.pinnedCheckpoints())).isEqualTo(Map.of("before-lunch", pinned));
        assertThat(fixture.log.subscribers(Ledger.SOURCE).get("pipeline:ledger!before-lunch"))
                .isEqualTo(pinned.cut());
        fixture.crash(first);

        // Over another run, which was told of it by the stream.
        RunningPipeline again = fixture.deploy(fixture.open());
        take(again, 3);
        assertThat(await(again.pinnedCheckpoints())).isEqualTo(Map.of("before-lunch", pinned));
        await(again.close());

        MemoryStrandline process = fixture.open();
        RunningPipeline restored = restore(process, "before-lunch");
        assertThat(restored.statistics().restored()).isEqualTo(pinned);
        assertThat(restored.statistics().damaged()).isZero();
        await(restored.awaitEnd());
        assertThat(steps).hasValue(9 * 60);
        fixture.assertExact();

        await(restored.unpin("before-lunch"));
        take(restored, 4);
        assertThat(await(restored.checkpoints())).hasSize(3).doesNotContain(pinned);
        assertThat(fixture.files()).hasSize(6);
        assertThat(fixture.log.subscribers(Ledger.SOURCE)).containsOnlyKeys("pipeline:ledger");
    }

    /** The name may go before the run has come to where the pipeline was, and nothing else holds the events on the way there. */
    @Test
    void retention_waits_for_a_run_that_goes_back_without_the_name_too() {
        RunningPipeline running = fixture.deploy(fixture.open());
        take(running, 1);
        Checkpoint pinned = await(running.checkpoint("lunch"));
        take(running, 6);
        await(running.close());
        MemoryStrandline process = fixture.open();
        RunningPipeline restored = await(counting()
                .restore(
                        process.vertx,
                        process,
                        fixture.options().setCheckpointEvents(1_000).setMaxReplayEvents(2_000), // none by itself
                        fixture.store(process.vertx),
                        "lunch"));
        assertThat(log.subscribers(Ledger.SOURCE))
                .isEqualTo(Map.of("pipeline:ledger", pinned.cut(), "pipeline:ledger!lunch", pinned.cut()));
        await(restored.unpin("lunch"));
        assertThat(log.subscribers(Ledger.SOURCE)).isEqualTo(Map.of("pipeline:ledger", pinned.cut()));
        await(restored.awaitEnd());
        fixture.assertExact();
        await(restored.close());
    }

    @Test
    void later_checkpoints_are_forgotten_when_a_new_one_is_durable() throws Exception {
        RunningPipeline running = fixture.deploy(fixture.open());
        take(running, 3);
        List<Checkpoint> kept = await(running.checkpoints());
        await(running.close());

        // A crash before the first checkpoint undoes the re-entry.
        MemoryStrandline process = fixture.open();
        process.watch(call -> {
            if (call.contains("append " + PipelineFixture.CHECKPOINTS) && steps.get() > 0) {
                process.crash();
            }
        });
        restore(process, Long.toString(kept.get(0).number()));
        fixture.crash(process);
        RunningPipeline newest = fixture.deploy(fixture.open());
        assertThat(newest.statistics().restored()).isEqualTo(kept.get(2));
        await(newest.close());

        MemoryStrandline second = fixture.open();
        RunningPipeline restored = restore(second, Long.toString(kept.get(0).number()));
        Checkpoint taken = await(restored.checkpoint());
        assertThat(taken.number()).isGreaterThan(kept.get(2).number());
        assertThat(await(restored.checkpoints())).startsWith(kept.get(0)).doesNotContain(kept.get(1), kept.get(2));
        fixture.crash(second);
        RunningPipeline last = fixture.deploy(fixture.open());
        assertThat(last.statistics().restored())
                .satisfies(from -> assertThat(from.number()).isGreaterThanOrEqualTo(taken.number()));
        take(last, 2);
        fixture.assertExact();
    }

    /** The process dies between the new checkpoint and the removal of those that it replaces. */
    @Test
    void later_checkpoints_that_are_still_there_do_not_count() throws Exception {
        RunningPipeline running = fixture.deploy(fixture.open());
        take(running, 3);
        List<Checkpoint> kept = await(running.checkpoints());
        await(running.close());
        MemoryStrandline process = fixture.open();
        RunningPipeline restored = restore(process, Long.toString(kept.get(0).number()));
        AtomicBoolean isTaken = new AtomicBoolean();
        process.watch(call -> {
            if (call.equals("append " + PipelineFixture.CHECKPOINTS)) {
                isTaken.set(true);
            } else if (call.equals("describe " + PipelineFixture.CHECKPOINTS) && isTaken.get()) {
                process.crash();
            }
        });
        restored.checkpoint();
        await("a crash", process.untilCrash());
        fixture.crash(process);

        RunningPipeline last = fixture.deploy(fixture.open());
        assertThat(await(last.checkpoints()))
                .startsWith(kept.get(0))
                .doesNotContain(kept.get(1), kept.get(2))
                .hasSizeGreaterThan(1);
        assertThat(fixture.log.subscribers(Ledger.SOURCE).get("pipeline:ledger"))
                .isEqualTo(kept.get(0).cut());
        take(last, 1);
        fixture.assertExact();
    }

    @Test
    void a_reset_computes_everything_again_and_the_outputs_stay_as_they_are() throws Exception {
        RunningPipeline running = fixture.deploy(fixture.open());
        take(running, 5);
        await(running.close());
        List<String> outputs = Ledger.texts(fixture.log, Ledger.SINK);

        MemoryStrandline process = fixture.open();
        steps.set(0);
        RunningPipeline reset =
                await(counting().reset(process.vertx, process, fixture.options(), fixture.store(process.vertx)));
        assertThat(reset.statistics().restored()).isNull();
        await(reset.awaitEnd());
        assertThat(steps).hasValue(5 * 60);
        assertThat(Ledger.texts(fixture.log, Ledger.SINK)).isEqualTo(outputs);
        take(reset, 1);
        fixture.assertExact();
    }

    @Test
    void of_two_who_give_the_same_name_at_once_one_is_refused() {
        RunningPipeline running = fixture.deploy(fixture.open());
        take(running, 1);
        Future<Checkpoint> one = running.checkpoint("one");
        Future<Checkpoint> two = running.checkpoint("one");
        Checkpoint named = await(one);
        assertThatThrownBy(() -> await(two)).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(await(running.pinnedCheckpoints())).isEqualTo(Map.of("one", named));
        assertThat(await(running.checkpoints())).containsOnlyOnce(named);
        await(running.close());
    }

    /** Others are taken while retention is told of the name. */
    @Test
    void a_checkpoint_that_is_being_given_a_name_is_kept() {
        MemoryStrandline process = fixture.open();
        RunningPipeline running = await(
                fixture.deploy(process, Ledger.pipeline(), fixture.options().setRetainedCheckpoints(1)));
        take(running, 1);
        Promise<Void> told = Promise.promise();
        process.hold("note pipeline:ledger!one", told.future());
        Future<Checkpoint> naming = running.checkpoint("one");
        awaitTrue(process, "a note", process::isHolding);
        take(running, 2);
        told.complete();
        Checkpoint named = await(naming);
        await(running.close());
        RunningPipeline restored = restore(fixture.open(), "one");
        assertThat(restored.statistics().restored()).isEqualTo(named);
        assertThat(restored.statistics().damaged()).isZero();
        await(restored.close());
    }

    @Test
    void a_name_of_which_retention_cannot_be_told_is_not_given() {
        MemoryStrandline process = fixture.open();
        RunningPipeline running = fixture.deploy(process);
        take(running, 1);
        process.hold("note pipeline:ledger!one", Future.failedFuture(new StrandlineException.Unavailable("busy")));
        assertThatThrownBy(() -> await(running.checkpoint("one"))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(await(running.pinnedCheckpoints())).isEmpty();
        fixture.crash(process);
        RunningPipeline again = fixture.deploy(fixture.open());
        assertThat(await(again.pinnedCheckpoints())).isEmpty();
        Checkpoint named = await(again.checkpoint("one"));
        assertThat(await(again.pinnedCheckpoints())).isEqualTo(Map.of("one", named));
        await(again.close());
    }

    /** A run that finds the name may be asked to begin there. */
    @Test
    void retention_waits_for_a_checkpoint_until_its_name_is_gone_for_good() {
        MemoryStrandline process = fixture.open();
        RunningPipeline running = fixture.deploy(process);
        take(running, 1);
        await(running.checkpoint("one"));
        Queue<String> calls = new ConcurrentLinkedQueue<>();
        process.watch(calls::add);
        await(running.unpin("one"));
        assertThat(calls).containsSubsequence("append " + PipelineFixture.CHECKPOINTS, "forget pipeline:ledger!one");
        await(running.close());
    }

    @Test
    void names_that_cannot_be_are_refused_with_what_there_is() {
        RunningPipeline running = fixture.deploy(fixture.open());
        take(running, 1);
        await(running.checkpoint("one"));
        assertThatThrownBy(() -> await(running.checkpoint("one")))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("[one]");
        assertThatThrownBy(() -> await(running.checkpoint("a/b"))).isInstanceOf(StrandlineException.Invalid.class);
        assertThatThrownBy(() -> await(running.checkpoint("17")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("17");
        assertThatThrownBy(() -> await(running.checkpoint("x".repeat(65)))).hasMessageContaining("65");
        assertThatThrownBy(() -> await(running.unpin("two")))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("two")
                .hasMessageContaining("[one]");
        for (int i = 1; i < RunningPipeline.MAX_PINNED_CHECKPOINTS; i++) {
            await(running.checkpoint("more-" + i));
        }
        assertThatThrownBy(() -> await(running.checkpoint("too-many")))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("the limit is 10");
        await(running.close());
        MemoryStrandline process = fixture.open();
        assertThatThrownBy(() -> restore(process, "two"))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("has no checkpoint two, it has [")
                .hasMessageContaining("more-1");
    }
}
