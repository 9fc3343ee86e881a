package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a running pipeline says of itself and of its state. */
class PipelineQueriesTest extends OnPipelineFixture {

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 2);
    }

    @Test
    void a_state_is_answered_with_the_offset_that_it_is_valid_for() {
        RunningPipeline running = fixture.deploy(fixture.open());
        fixture.deposit();
        await(running.awaitEnd());
        Ledger.expectedBalances(fixture.log).forEach((account, balance) -> {
            StateAnswer answer = await(running.state("balance", account));
            assertThat(answer.key()).isEqualTo(account);
            assertThat(answer.value()).isEqualTo(balance);
            assertThat(answer.offset())
                    .isEqualTo(fixture.log.endCut(Ledger.SOURCE).offset(answer.partition()));
        });
        assertThat(await(running.state("balance", "nobody")).value()).isNull();
        assertThatThrownBy(() -> await(running.state("balances", "account-1")))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("balances")
                .hasMessageContaining("[balance]");
        await(running.close());
        assertThatThrownBy(() -> await(running.state("balance", "account-1")))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void a_description_has_operators_lag_and_rates() {
        RunningPipeline running = fixture.deploy(fixture.open());
        fixture.deposit();
        await(running.awaitEnd());
        await(running.pause());
        fixture.deposit();
        assertThat(running).hasToString("pipeline ledger v1, PAUSED");
        PipelineDescription described = await(running.describe());
        assertThat(described.lag()).isEqualTo(60);
        assertThat(described.tasks()).hasSize(2).allSatisfy(task -> {
            assertThat(task.stage()).isEqualTo("ledger");
            assertThat(task.events()).isEqualTo(task.offset());
            assertThat(task.eventsPerSecond()).isPositive();
            assertThat(task.busyShare()).isBetween(0.0, 1.0);
        });
        assertThat(described.tasks().stream()
                        .mapToLong(PipelineDescription.Task::outputs)
                        .sum())
                .isEqualTo(Ledger.texts(fixture.log, Ledger.SINK).size());
        assertThat(described.toText())
                .startsWith("ledger v1, PAUSED\n")
                .contains("0. from bank/deposits", "ledger partition", "lag ");
        assertThat(described.toMermaid()).startsWith("flowchart LR\n").contains("lag 60");
        assertThat(described.toJson().getString("state")).isEqualTo("PAUSED");
        assertThat(described.toJson().getJsonArray("tasks")).hasSize(2);

        // Held back from here on, and nothing comes.
        await(running.describe());
        assertThat(await(running.describe()).tasks()).allSatisfy(task -> {
            assertThat(task.eventsPerSecond()).isZero();
            assertThat(task.heldShare()).isPositive();
        });
    }
}
