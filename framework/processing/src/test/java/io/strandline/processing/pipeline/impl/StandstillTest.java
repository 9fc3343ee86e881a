package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All stages of a pipeline stand still for a checkpoint with a name, and none has sent what the next one has not read. */
class StandstillTest extends OnStagedVersions {

    /** Events come all the time, and a stage that went on would send some after the cut of the stage after it. */
    @Test
    void nothing_is_between_the_stages_at_a_checkpoint_with_a_name() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = await(versions.deploy(process, 1));
        for (int i = 0; i < 5; i++) {
            AtomicInteger most = new AtomicInteger(30);
            process.watch(call -> {
                boolean isCheckpoint = call.startsWith("append _strandline/checkpoints-visits");
                if (isCheckpoint && most.getAndDecrement() > 0) {
                    versions.append(2);
                }
            });
            versions.append(20);
            await(first.checkpoint("now"));
            process.watch(call -> {});
            Set<String> counted = versions.counted(1);
            RunningPipeline second = versions.beside(process, 2, "now");
            versions.endWindows();
            await(second.awaitEnd());
            Set<String> before = versions.missing(2);
            assertThat(counted).containsAll(before);
            versions.assertExact(2, before);
            await(second.close());
            await(versions.drop(process, 2));
            log.deleteStream(StagedVersions.counts(2));
            log.deleteStream(StagedVersions.sums(2));
            versions.createSinks(2);
            await(first.unpin("now"));
        }
        await(first.awaitEnd());
        versions.assertExact(1, Set.of());
    }

    /** The stage after a shuffle waits for a checkpoint, and far more events than it may repeat are before it. */
    @Test
    void a_stage_reads_everything_that_the_one_before_it_has_sent_before_it_stands_still() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = await(versions.deploy(process, 1));
        for (int i = 0; i < 5; i++) {
            versions.append(30);
            await(first.awaitEnd());
        }
        Promise<Void> release = Promise.promise();
        process.hold("note pipeline:visits--by-key", release.future());
        versions.append(500);
        awaitTrue(process, "the first stage at its end", () -> await(first.position())
                .equals(log.endCut(Ledger.SOURCE)));
        Future<?> named = first.checkpoint("now");
        awaitTrue(
                process, "the first stage at rest", () -> holds(first, "visits").equals(Set.of(Hold.DRAINED)));
        for (int i = 0; i < 20; i++) {
            assertThat(holds(first, "visits--by-key")).doesNotContain(Hold.DRAINED);
            await(process.vertx.timer(2, TimeUnit.MILLISECONDS));
        }
        assertThat(process.isHolding()).isTrue();
        assertThat(await(first.lag())).isPositive();
        release.complete();
        await(named);
        assertThat(holds(first, "visits")).doesNotContain(Hold.DRAINED);
        RunningPipeline second = versions.beside(process, 2, "now");
        versions.endWindows();
        await(second.awaitEnd());
        await(first.awaitEnd());
        versions.assertExact(1, Set.of());
        versions.assertExact(2, versions.missing(2));
    }

    private static Set<Hold> holds(RunningPipeline running, String stage) {
        return await(running.describe()).tasks().stream()
                .filter(task -> task.stage().equals(stage))
                .map(PipelineDescription.Task::hold)
                .collect(Collectors.toSet());
    }

    @Test
    void all_stages_go_on_if_one_does_not_come_to_a_standstill_in_time() {
        MemoryStrandline process = fixture.open();
        PipelineOptions options = versions.options()
                .setSwitchTimeoutMillis(500)
                .setCheckpointEvents(100_000)
                .setMaxReplayEvents(1_000_000);
        RunningPipeline first = await(fixture.deploy(process, StagedVersions.version(1), options));
        for (int i = 0; i < 5; i++) {
            versions.append(10);
            await(first.awaitEnd());
        }
        Promise<Void> release = Promise.promise();
        process.hold("note pipeline:visits--by-key", release.future());
        versions.append(10);
        Future<?> late = first.checkpoint("late");
        awaitTrue(process, "the name in the first stage", () -> await(first.pinnedCheckpoints())
                .containsKey("late"));
        release.complete();
        await(late);
        assertThatThrownBy(() -> versions.beside(process, 2, "late"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("events were between its stages");

        await(first.awaitEnd());
        RunningPipeline second = versions.beside(process, 2, null);
        await(second.awaitEnd());
        Promise<Void> again = Promise.promise();
        process.hold("note pipeline:visits--by-key", again.future());
        versions.append(10);
        assertThatThrownBy(() -> await(first.switchTo(second)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("has stages that lag");
        again.complete();
        versions.append(10);
        versions.endWindows();
        await(first.awaitEnd());
        versions.assertExact(1, Set.of());
    }

    /** What is between two stages is in neither of them. */
    @Test
    void no_version_begins_with_a_checkpoint_that_was_taken_while_a_stage_was_paused() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        await(first.pause());
        await(first.checkpoint("paused"));
        assertThatThrownBy(() -> versions.beside(process, 2, "paused"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("events were between its stages");
        RunningPipeline second = versions.beside(process, 2, "monday");
        assertThatThrownBy(() -> await(first.switchTo(second)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("resume it");
        await(first.resume());
        await(first.unpin("paused"));
        await(first.checkpoint("paused"));
        await(first.switchTo(second));
    }

    /** Nothing is processed twice or lost by a standstill, and a name is in all stages or may be given again. */
    @Test
    void a_checkpoint_with_a_name_is_whole_or_can_be_taken_again(@TempDir Path directory) {
        CrashPoints points = new CrashPoints();
        for (int life = 0; crashesInCheckpoint(points, directory.resolve("life" + life)); life++) {}
        assertThat(points.kinds())
                .contains("append _strandline/checkpoints-visits", "append _strandline/checkpoints-visits--by-start");
    }

    private boolean crashesInCheckpoint(CrashPoints points, Path directory) {
        close();
        open(directory);
        createStreams();
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        await(first.awaitEnd());
        points.watch(process);
        boolean hasCrashed = fixture.awaitEndOrCrash(process, first.checkpoint("tuesday"));
        MemoryStrandline next = fixture.open();
        RunningPipeline again = await(versions.deploy(next, 1));
        Set<String> before = versions.counted(1);
        if (!await(again.pinnedCheckpoints()).containsKey("tuesday")) {
            await(again.checkpoint("other"));
            assertThat(log.subscribers(StagedVersions.BY_KEY).keySet()).noneMatch(name -> name.endsWith("tuesday"));
            await(again.unpin("other"));
            await(again.checkpoint("tuesday"));
        }
        RunningPipeline second = versions.beside(next, 2, "tuesday");
        versions.append(10);
        versions.endWindows();
        await(second.awaitEnd());
        await(again.awaitEnd());
        versions.assertExact(1, Set.of());
        versions.assertExact(2, before);
        return hasCrashed;
    }
}
