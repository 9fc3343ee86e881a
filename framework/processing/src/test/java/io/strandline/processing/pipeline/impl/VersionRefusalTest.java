package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Calls about versions of a pipeline that are refused, and what they leave: nothing. */
class VersionRefusalTest extends OnCorrections {

    private static final String CHECKPOINTS = "_strandline/checkpoints-ledger";

    private void assertRefused(
            MemoryStrandline process, Pipeline version, @Nullable String checkpoint, Class<? extends Throwable> kind) {
        assertThatThrownBy(() -> await(corrections.beside(process, version, checkpoint)))
                .isInstanceOf(kind);
    }

    @Test
    void a_version_that_was_dropped_while_it_stood_still_is_not_switched_to() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        await(second.awaitEnd());
        await(corrections.drop(process, 2));

        assertThatThrownBy(() -> await(first.switchTo(second)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("pipeline ledger v2")
                .hasMessageContaining("dropped");
        fixture.deposit();
        await(first.awaitEnd());
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.RUNNING);
        assertThat(corrections.actual(1)).isEqualTo(corrections.expected(1, Map.of()));
    }

    /** A drop and a switch meet: the entry comes when the other version is gone, or is going. */
    @Test
    void a_switch_to_a_version_that_is_gone_does_not_count() {
        for (boolean isGone : new boolean[] {true, false}) {
            MemoryStrandline process = fixture.open();
            RunningPipeline first = runFirstToTheEnd(process);
            await(corrections.beside(process, 2, "monday").close());
            if (isGone) {
                await(corrections.drop(process, 2));
            } else {
                corrections.append(process, "ledger--.v2", new Deleted());
            }
            await(first.close());
            corrections.append(process, "ledger", new Switched(1, 2));

            assertThatThrownBy(() -> corrections.beside(process, 3, null))
                    .isInstanceOf(StrandlineException.Conflict.class)
                    .hasMessageContaining("deploy version 1 before");
            for (int life = 0; life < 2; life++) {
                fixture.deposit();
                RunningPipeline again = await(corrections.deploy(process, 1));
                assertThat(again.statistics().restored()).isNotNull();
                await(again.awaitEnd());
                await(again.unpin("monday").otherwiseEmpty());
                await(again.close());
                assertThat(corrections.actual(1)).isEqualTo(corrections.expected(1, Map.of()));
            }
            await(corrections.drop(process, 2));
            RunningPipeline last = await(corrections.deploy(process, 1));
            RunningPipeline third = corrections.beside(process, 3, null);
            await(third.close());
            await(corrections.drop(process, 3));
            await(last.close());
            fixture.crash(process);
        }
    }

    @Test
    void retention_still_waits_for_a_version_whose_switch_does_not_count() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        await(first.awaitEnd());
        RunningPipeline second = corrections.beside(process, 2, "monday");
        await(second.awaitEnd());
        Map<String, ?> subscribers = log.subscribers(Ledger.SOURCE);
        process.watch(call -> {
            if (call.equals("append " + CHECKPOINTS) && log.exists(CHECKPOINTS + "--.v2")) {
                log.deleteStream(CHECKPOINTS + "--.v2");
            }
        });
        assertThatThrownBy(() -> await(first.switchTo(second)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("pipeline ledger v1 stays the pipeline");
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.STOPPED);
        assertThat(log.subscribers(Ledger.SOURCE)).isEqualTo(subscribers);

        fixture.deposit();
        await(await(corrections.deploy(process, 1)).awaitEnd());
        assertThat(corrections.actual(1)).isEqualTo(corrections.expected(1, Map.of()));
    }

    @Test
    void a_former_version_does_not_run_beside_the_one_that_followed() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        await(first.switchTo(corrections.beside(process, 2, "monday")));
        Map<String, ?> before = corrections.actual(1);

        for (String checkpoint : new String[] {null, "monday"}) {
            assertThatThrownBy(() -> corrections.beside(process, 1, checkpoint))
                    .isInstanceOf(StrandlineException.Conflict.class)
                    .hasMessageContaining("pipeline ledger v1 is a version from which it was switched to version 2");
        }
        assertThat(corrections.actual(1)).isEqualTo(before);
        await(corrections.drop(process, 1));
        assertThatThrownBy(() -> corrections.beside(process, 1, null)).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(log.streamsOf("_strandline")).containsExactly(CHECKPOINTS, CHECKPOINTS + "--.v2");
    }

    @Test
    void a_version_that_may_not_run_beside_leaves_nothing() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        Map<String, ?> subscribers = log.subscribers(Ledger.SOURCE);
        assertRefused(
                process,
                Corrections.version(2, Corrections.sink(1), Ledger::step),
                "monday",
                StrandlineException.Invalid.class);
        assertRefused(process, Corrections.version(2), "sunday", StrandlineException.NotFound.class);
        assertRefused(
                process,
                Corrections.version(1, Corrections.sink(2), Ledger::step),
                null,
                StrandlineException.Invalid.class);
        assertThat(log.streamsOf("_strandline")).containsExactly(CHECKPOINTS);
        assertThat(log.subscribers(Ledger.SOURCE)).isEqualTo(subscribers);
        assertThat(fixture.directory.resolve("ledger--.v2")).doesNotExist();

        await(first.close());
        await(corrections.delete(process, 1));
        assertThat(log.streamsOf("_strandline")).isEmpty();
    }

    @Test
    void a_pipeline_may_be_deleted_when_its_former_versions_were_dropped_in_any_order() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        await(first.switchTo(second));
        RunningPipeline third = corrections.beside(process, 3, null);
        await(second.switchTo(third));
        await(third.close());

        await(corrections.drop(process, 1));
        assertThatThrownBy(() -> await(corrections.delete(process, 3)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("[1, 2]");
        await(corrections.drop(process, 2));
        await(corrections.delete(process, 3));
        assertThat(log.streamsOf("_strandline")).isEmpty();
    }

    @Test
    void two_versions_beside_do_not_append_to_one_stream() {
        for (String checkpoint : new String[] {null, "monday"}) {
            MemoryStrandline process = fixture.open();
            RunningPipeline first = runFirstToTheEnd(process);
            corrections.beside(process, 2, checkpoint);
            for (String other : new String[] {null, "monday"}) {
                assertThatThrownBy(() -> await(corrections.beside(
                                process, Corrections.version(3, Corrections.sink(2), Ledger::step), other)))
                        .isInstanceOf(StrandlineException.Conflict.class)
                        .hasMessage("pipeline ledger v3 appends to [" + Corrections.sink(2)
                                + "], as version 2, which has run beside the pipeline: drop that, or give this one sinks"
                                + " of its own, and handlers with ids of their own");
            }
            corrections.beside(process, 3, null);
            for (int version = 2; version <= 3; version++) {
                await(corrections.drop(process, version));
            }
            await(first.unpin("monday"));
            await(first.close());
            fixture.crash(process);
        }
    }

    @Test
    void a_version_that_is_paused_is_not_switched_to() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        await(second.pause());
        assertThatThrownBy(() -> await(first.switchTo(second)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("pipeline ledger v2 is paused");
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.RUNNING);
        await(second.resume());
        await(first.switchTo(second));
    }

    @Test
    void messages_have_the_names_and_versions_that_the_application_gave() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        assertThatThrownBy(() -> corrections.beside(process, 2, "sunday"))
                .hasMessageStartingWith("pipeline ledger v1 has no checkpoint sunday, it has [");
        RunningPipeline second = corrections.beside(process, 2, "monday");
        assertThat(second).hasToString("pipeline ledger v2, RUNNING");
        assertThatThrownBy(() -> await(corrections.delete(process, 1)))
                .hasMessage(
                        "pipeline ledger v1 cannot be deleted while there are versions that have run beside it: drop"
                                + " versions [2] before");
        await(first.switchTo(second));
        RunningPipeline third = corrections.beside(process, 3, null);
        await(second.switchTo(third));
        assertThatThrownBy(() -> await(first.switchTo(third))).hasMessageNotContaining("--");
        assertThatThrownBy(() -> await(second.checkpoint())).hasMessageContaining("pipeline ledger v2");
    }
}
