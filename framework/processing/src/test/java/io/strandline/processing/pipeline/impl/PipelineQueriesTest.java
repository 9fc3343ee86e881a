package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineDescription.OperatorLoad;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
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

    /** What an earlier run has done already is repeated: the state goes through what it was, and each answer says when. */
    @Test
    void a_state_is_that_of_its_offset_while_steps_are_repeated_after_a_crash() {
        fixture.deposit();
        fixture.crashAt(
                50,
                step -> Ledger.pipeline(1, (before, deposit, output) -> {
                    step.run();
                    return Ledger.step(before, deposit, output);
                }),
                fixture.options().setCheckpointEvents(1_000).setMaxReplayEvents(1_000));
        SortedMap<Long, Long> tenth = new TreeMap<>();
        Map<String, Ledger.Balance> known = new HashMap<>();
        for (long partition : fixture.openPartitions()) {
            tenth.put(partition, 10L);
            log.hold(Ledger.SOURCE, partition, 10);
            log.events(Ledger.SOURCE, partition).subList(0, 10).forEach(stored -> {
                String deposit = new String(stored.bytes(), StandardCharsets.UTF_8);
                known.compute(
                        Ledger.account(deposit),
                        (account, before) ->
                                (before == null ? new Ledger.Balance(0, account.length()) : before).plus(deposit));
            });
        }
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(running.statistics().restored()).isNull();
        await(running.awaitPosition(new StreamCut(StreamName.parse(Ledger.SOURCE), tenth)));
        assertThat(known).isNotEqualTo(Ledger.expectedBalances(log));
        Ledger.expectedBalances(log).keySet().forEach(account -> {
            StateAnswer answer = await(running.state("balance", account));
            assertThat(answer.offset()).isEqualTo(10);
            assertThat(answer.value()).as(account).isEqualTo(known.get(account));
        });
        fixture.openPartitions().forEach(partition -> log.hold(Ledger.SOURCE, partition, Long.MAX_VALUE));
        await(running.awaitEnd());
        Ledger.expectedBalances(log).forEach((account, balance) -> {
            assertThat(await(running.state("balance", account)).value()).isEqualTo(balance);
        });
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

    @Test
    void a_description_counts_the_events_of_each_operator_and_the_age_of_the_checkpoint() {
        AtomicLong nanos = new AtomicLong();
        Pipeline pipeline = Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .filter(deposit -> !deposit.startsWith("account-1"))
                .keyBy(Ledger::account)
                .<Ledger.Balance, String>process(
                        "twice", Ledger.BALANCES, account -> new Ledger.Balance(0, 0), (before, deposit, context) -> {
                            context.emit(deposit);
                            context.emit(deposit);
                            return before.plus(deposit);
                        })
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
        RunningPipeline running = await(fixture.deploy(
                fixture.open(), pipeline, fixture.options().setCheckpointEvents(100), new Ticker.TimeSource() {

                    @Override
                    public long millis() {
                        return 1_000;
                    }

                    @Override
                    public long nanos() {
                        return nanos.get();
                    }
                }));
        nanos.set(5_000_000_000L);
        assertThat(await(running.describe()).checkpointAgeMillis()).isEqualTo(5_000);
        Ledger.append(
                fixture.log,
                Ledger.SOURCE,
                "ten",
                IntStream.range(0, 10)
                        .mapToObj(i -> "account-" + i % 5 + " " + i)
                        .toList());
        await(running.awaitEnd());
        nanos.set(7_500_000_000L);
        PipelineDescription described = await(running.describe());
        assertThat(described.checkpointAgeMillis()).isEqualTo(2_500);
        assertThat(described.operators("ledger"))
                .extracting(OperatorLoad::label, OperatorLoad::in, OperatorLoad::out)
                .containsExactly(
                        tuple("from bank/deposits", 10L, 10L),
                        tuple("filter", 10L, 8L),
                        tuple("by key", 8L, 8L),
                        tuple("process twice", 8L, 16L),
                        tuple("to bank/balances", 16L, 0L));
        assertThat(described.operators("ledger").get(1).inPerSecond()).isPositive();
        assertThat(described.operators("ledger")).allSatisfy(operator -> {
            assertThat(operator.busyShare()).isBetween(0.0, 1.0);
            assertThat(operator.heldShare()).isBetween(0.0, 1.0);
        });
        assertThat(described.tasks()).allSatisfy(task -> assertThat(Math.min(
                        1,
                        task.operators().stream()
                                .mapToDouble(OperatorLoad::busyShare)
                                .sum()))
                .isCloseTo(task.busyShare(), within(1e-9)));
        assertThat(described.toText()).contains("out (", "busy ", " %, held back ");
        assertThat(described
                        .toJson()
                        .getJsonArray("tasks")
                        .getJsonObject(0)
                        .getJsonArray("operators")
                        .getJsonObject(0)
                        .fieldNames())
                .contains("busyShare", "heldShare");
        assertThat(described.operators("nothing")).isEmpty();
        assertThat(described.toText()).contains("ledger filter: 10 events in (", "8 out (", "checkpoint 2.5 s ago");
        assertThat(described.toJson().getJsonArray("tasks").getJsonObject(0).getJsonArray("operators"))
                .hasSize(5);
        // Rates are since the last look.
        assertThat(await(running.describe()).operators("ledger")).allSatisfy(operator -> {
            assertThat(operator.inPerSecond()).isZero();
            assertThat(operator.outPerSecond()).isZero();
        });
        await(running.close());
    }
}
