package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A version of a pipeline that runs beside the one that is corrected. */
class BesideTest extends OnCorrections {

    private static final String BESIDE = "ledger--.v2";

    private void assertExact() {
        assertThat(corrections.actual(1)).isEqualTo(corrections.expected(1, Map.of()));
        assertThat(corrections.actual(2))
                .isEqualTo(corrections.expected(2, monday))
                .isNotEmpty();
    }

    @Test
    void begins_with_the_state_of_a_checkpoint_and_gives_each_output_after_it_once() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        await(second.awaitEnd());
        assertExact();

        fixture.deposit();
        await(first.awaitEnd());
        await(second.awaitEnd());
        assertExact();
        assertThat(await(first.state("balance", "account-1")).value())
                .isEqualTo(await(second.state("balance", "account-1")).value());
    }

    @Test
    void begins_at_the_start_of_the_source_without_a_checkpoint() {
        MemoryStrandline process = fixture.open();
        runFirstToTheEnd(process);
        monday = Map.of();
        await(corrections.beside(process, 2, null).awaitEnd());
        assertExact();
    }

    @Test
    void goes_on_from_its_own_checkpoints_when_the_other_has_forgotten_the_first_one() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        long deposits =
                await(corrections.beside(process, 2, "monday").awaitEnd()).number();
        await(first.unpin("monday"));
        for (int i = 0; i < 4; i++) {
            fixture.deposit();
            await(first.awaitEnd());
        }
        fixture.crash(process);

        MemoryStrandline next = fixture.open();
        RunningPipeline second = corrections.beside(next, 2, "monday");
        assertThat(await(second.awaitEnd()).number()).isGreaterThan(deposits);
        assertExact();
    }

    @Test
    void needs_nothing_of_the_other_as_soon_as_it_has_begun() {
        MemoryStrandline process = fixture.open();
        runFirstToTheEnd(process);
        corrections.beside(process, 2, "monday");
        fixture.crash(process);

        MemoryStrandline next = fixture.open();
        RunningPipeline first = await(corrections.deploy(next, 1));
        await(first.unpin("monday"));
        for (int i = 0; i < 4; i++) {
            fixture.deposit();
            await(first.awaitEnd());
        }
        await(corrections.beside(next, 2, "monday").awaitEnd());
        assertExact();
    }

    @Test
    void holds_retention_by_itself_from_the_checkpoint_on() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        Checkpoint began = await(first.checkpoint("tuesday"));
        RunningPipeline second = corrections.beside(process, 2, "tuesday");
        assertThat(log.subscribers(Ledger.SOURCE)).containsEntry("pipeline:" + BESIDE, began.cut());
        await(second.close());
    }

    @Test
    void fails_without_the_other_taking_notice() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        RunningPipeline second = await(corrections.beside(
                process,
                Corrections.version(2, (before, deposit, output) -> {
                    throw new IllegalStateException("version 2 is wrong too");
                }),
                "monday"));
        assertThatThrownBy(() -> await(second.awaitEnd())).hasMessageContaining("version 2 is wrong too");
        assertThat(second.status().state()).isEqualTo(PipelineStatus.State.FAILED);

        assertThatThrownBy(() -> await(first.switchTo(second))).hasMessageContaining("version 2 is wrong too");
        fixture.deposit();
        await(first.awaitEnd());
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.RUNNING);
        assertThat(corrections.actual(1)).isEqualTo(corrections.expected(1, Map.of()));
    }

    @Test
    void follows_a_split_after_the_checkpoint() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        await(first.awaitEnd());
        await(corrections.beside(process, 2, "monday").awaitEnd());
        assertExact();
    }

    @Test
    void is_refused_where_its_outputs_would_be_mixed_or_its_state_is_not_there() {
        MemoryStrandline process = fixture.open();
        assertThatThrownBy(() -> corrections.beside(process, 2, null))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessage("no version of pipeline ledger has run yet, beside which pipeline ledger v2 could");
        runFirstToTheEnd(process);
        assertThatThrownBy(() -> corrections.beside(process, 1, "monday"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("is of version 1 too");
        for (String checkpoint : new String[] {"monday", null}) {
            assertThatThrownBy(() -> await(
                            corrections.beside(process, Corrections.version(2, Ledger.SINK, Ledger::step), checkpoint)))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("appends to [bank/balances]");
        }
        assertThatThrownBy(() -> corrections.beside(process, 2, "sunday"))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("has no checkpoint sunday, it has [")
                .hasMessageContaining("and with names [monday]");
        assertThatThrownBy(() -> await(corrections.beside(process, windowed(), "monday")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("operator balance");
        assertThatThrownBy(() -> await(corrections.beside(process, shuffled(), "monday")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessage(
                        "pipeline ledger v2 has the stages [ledger, ledger--by-text], and checkpoint monday has those"
                                + " of [ledger]. State does not move to another stage: begin without a checkpoint, or give the"
                                + " pipeline another name");
    }

    private static KeyedEvents<String> source() {
        return Pipeline.named("ledger", 2).from(Ledger.SOURCE, TextCodec.STRING).keyBy(Ledger::account);
    }

    /** Another operator than the one whose state there is. */
    private static Pipeline windowed() {
        return source().window(Windows.tumbling(Duration.ofSeconds(1)))
                .count("windows")
                .build();
    }

    private static Pipeline shuffled() {
        return source().keyBy("by-text", TextCodec.STRING, text -> text)
                .aggregate("count", TextCodec.STRING, key -> "", (before, text) -> text)
                .build();
    }

    @Test
    void does_not_begin_with_keys_that_are_held() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = await(Corrections.version(1, BesideTest::withoutPoison)
                .deploy(
                        process.vertx,
                        process,
                        fixture.options()
                                .setFailurePolicy(FailurePolicy.PARK)
                                .setHoldKeys(true)
                                .setMaxAttempts(1),
                        fixture.store(process.vertx)));
        Ledger.append(log, Ledger.SOURCE, "poison", List.of("account-1 poison"));
        await(first.awaitEnd());
        await(first.checkpoint("held"));
        assertThatThrownBy(() -> corrections.beside(process, 2, "held"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("1 keys that are held");
    }

    private static Ledger.Balance withoutPoison(Ledger.Balance before, String deposit, Ledger.Output output) {
        if (deposit.endsWith("poison")) {
            throw new IllegalStateException(deposit);
        }
        return Ledger.step(before, deposit, output);
    }

    @Test
    void is_no_pipeline_that_could_be_deployed_or_deleted() {
        MemoryStrandline process = fixture.open();
        runFirstToTheEnd(process);
        corrections.beside(process, 2, "monday");
        assertThatThrownBy(() -> await(corrections.deploy(process, 2)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessage(
                        "pipeline ledger v2 has run beside the pipeline, and is not the pipeline: switch to it, or drop it");
        assertThatThrownBy(() -> await(corrections.delete(process, 2)))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThatThrownBy(() -> await(corrections.delete(process, 1)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("drop versions [2] before");
    }

    @Test
    void is_refused_with_the_state_of_other_stages_and_beside_a_pipeline_that_is_being_deleted() {
        MemoryStrandline process = fixture.open();
        fixture.deposit();
        RunningPipeline shuffled = await(fixture.deploy(process, shuffled(), fixture.options()));
        await(shuffled.awaitEnd());
        await(shuffled.checkpoint("monday"));
        assertThatThrownBy(() -> corrections.beside(process, 3, "monday"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(
                        "has the stages [ledger], and checkpoint monday has those of [ledger, ledger--by-text]");
        await(shuffled.close());
        corrections.append(process, "ledger", new Deleted());
        assertThatThrownBy(() -> corrections.beside(process, 3, null))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("is being deleted");
    }

    @Test
    void is_dropped_without_a_trace_but_its_outputs_and_may_begin_again() {
        MemoryStrandline process = fixture.open();
        runFirstToTheEnd(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        await(second.awaitEnd());
        await(second.close());
        await(corrections.drop(process, 2));
        assertThat(fixture.directory.resolve(BESIDE)).doesNotExist();
        assertThat(log.writers(Corrections.sink(2))).isEmpty();
        assertThat(log.subscribers(Ledger.SOURCE)).containsOnlyKeys("pipeline:ledger", "pipeline:ledger!monday");
        assertThat(log.exists("_strandline/checkpoints-" + BESIDE)).isFalse();
        assertExact();
        await(corrections.drop(process, 2));

        assertThatThrownBy(() -> await(corrections.drop(process, 1)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("delete it");
        await(corrections.beside(process, 2, null).awaitEnd());
    }

    @Test
    void cannot_be_reset_and_does_not_begin_anywhere_if_its_checkpoints_are_damaged() throws Exception {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirstToTheEnd(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        await(first.switchTo(second));
        await(second.close());
        assertThatThrownBy(() -> await(Corrections.version(2)
                        .reset(process.vertx, process, fixture.options(), fixture.store(process.vertx))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("began with the state of another version");
        try (var files = Files.list(fixture.directory.resolve(BESIDE))) {
            for (var file : files.toList()) {
                Files.write(file, new byte[10]);
            }
        }
        assertThatThrownBy(() -> await(corrections.deploy(process, 2)))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("began with the state of another version");
    }
}
