package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.StateChange;
import io.strandline.processing.pipeline.StateChange.Fate;
import io.strandline.processing.pipeline.Windows;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions of a pipeline that keep, add, drop and change operators with state. */
class StateChangeTest {

    private PipelineFixture fixture = new PipelineFixture(Path.of("."));

    @BeforeEach
    void open(@TempDir Path directory) {
        fixture = new PipelineFixture(directory);
        Ledger.createStreams(fixture.log, 2);
        fixture.deposit();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static KeyedEvents<String> deposits(Pipeline.Builder builder) {
        return builder.from(Ledger.SOURCE, TextCodec.STRING).keyByRoutingKey();
    }

    private static void count(KeyedEvents<String> deposits, String id) {
        deposits.aggregate(
                id,
                TextCodec.STRING,
                account -> "0",
                (count, deposit) -> Integer.toString(Integer.parseInt(count) + 1));
    }

    /** Keeps {@code kept}, and {@code other}, which the second version has no more and the third as windows. */
    private static Pipeline version(int version) {
        Pipeline.Builder builder = Pipeline.named("changing", version);
        KeyedEvents<String> deposits = deposits(builder);
        count(deposits, "kept");
        if (version == 1) {
            count(deposits, "other");
        } else if (version == 2) {
            count(deposits, "added");
        } else {
            deposits.window(Windows.tumbling(Duration.ofDays(1))).count("other");
        }
        return builder.build();
    }

    private PipelineOptions options(String... dropped) {
        return fixture.options().setVersionChangeAllowed(true).setDroppedState(Set.of(dropped));
    }

    private RunningPipeline deploy(MemoryStrandline strandline, int version, String... dropped) {
        return await(fixture.deploy(strandline, version(version), options(dropped)));
    }

    private List<StateChange> compare(MemoryStrandline strandline, int version, String... dropped) {
        return await(version(version)
                .compare(strandline.vertx, strandline, options(dropped), fixture.store(strandline.vertx)));
    }

    private static void assertFate(List<StateChange> changes, String operator, Fate fate, long pieces) {
        assertThat(changes)
                .filteredOn(change -> change.operator().equals(operator))
                .singleElement()
                .satisfies(change -> {
                    assertThat(change.fate()).isEqualTo(fate);
                    assertThat(change.pieces()).isEqualTo(pieces);
                    assertThat(change.stage()).isEqualTo("changing");
                });
    }

    private static String stateOf(RunningPipeline running, String operator) {
        return String.valueOf(await(running.state(operator, "account-3")).value());
    }

    private void runFirstVersion() {
        MemoryStrandline strandline = fixture.open();
        await(deploy(strandline, 1).awaitEnd());
        fixture.crash(strandline);
    }

    @Test
    void a_comparison_tells_what_a_start_does_and_disturbs_no_run() {
        MemoryStrandline strandline = fixture.open();
        assertThat(compare(strandline, 1)).hasSize(2).allMatch(change -> change.fate() == Fate.EMPTY);
        RunningPipeline running = deploy(strandline, 1);
        await(running.awaitEnd());
        long accounts = Ledger.expectedBalances(fixture.log).size();

        List<StateChange> removed = compare(strandline, 2);
        assertThat(removed).hasSize(3);
        assertFate(removed, "kept", Fate.KEPT, accounts);
        assertFate(removed, "added", Fate.EMPTY, 0);
        assertFate(removed, "other", Fate.REFUSED, accounts);
        assertFate(compare(strandline, 2, "other", "kept"), "other", Fate.DROPPED, accounts);
        assertFate(compare(strandline, 2, "other", "kept"), "kept", Fate.KEPT, accounts);
        List<StateChange> changed = compare(strandline, 3);
        assertThat(changed).hasSize(2);
        assertFate(changed, "other", Fate.REFUSED, accounts);

        List<StateChange> misspelled = compare(strandline, 2, "ohter");
        assertFate(misspelled, "other", Fate.REFUSED, accounts);
        assertThat(misspelled).hasSize(3);
        assertReason(misspelled, "other", "droppedState has [ohter]");
        assertReason(misspelled, "added", "state does not move to another stage");

        fixture.deposit();
        await(running.awaitEnd());
        await(running.close());
    }

    private static void assertReason(List<StateChange> changes, String operator, String reason) {
        assertThat(changes)
                .filteredOn(change -> change.operator().equals(operator))
                .singleElement()
                .satisfies(change -> assertThat(change.reason()).contains(reason));
    }

    /** What the options say when the call is made, not when it comes to them. */
    @Test
    void options_that_change_during_a_comparison_do_not_count() {
        runFirstVersion();
        MemoryStrandline strandline = fixture.open();
        PipelineOptions options = options();
        Promise<List<StateChange>> compared = Promise.promise();
        strandline.vertx.runOnContext(begun -> {
            version(2)
                    .compare(strandline.vertx, strandline, options, fixture.store(strandline.vertx))
                    .onComplete(compared);
            options.setDroppedState(Set.of("other"));
        });
        long accounts = Ledger.expectedBalances(fixture.log).size();
        assertFate(await(compared.future()), "other", Fate.REFUSED, accounts);
    }

    @Test
    void state_is_refused_until_it_is_given_up_and_the_rest_goes_on() {
        runFirstVersion();
        for (int version : new int[] {2, 3}) {
            assertThatThrownBy(() -> deploy(fixture.open(), version))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("other")
                    .hasMessageContaining("droppedState");
        }
        assertThatThrownBy(() -> deploy(fixture.open(), 2, "ohter"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("operator other", "droppedState, which has [ohter]");
        // The first version is not disturbed by the attempts.
        MemoryStrandline again = fixture.open();
        RunningPipeline first = deploy(again, 1);
        String counted = stateOf(first, "kept");
        assertThat(stateOf(first, "other")).isEqualTo(counted);
        fixture.crash(again);

        MemoryStrandline strandline = fixture.open();
        RunningPipeline second = deploy(strandline, 2, "other", "kept");
        assertThat(stateOf(second, "kept")).isEqualTo(counted);
        assertThat(await(second.state("added", "account-3")).value()).isNull();
        await(second.checkpoint());
        fixture.deposit();
        await(second.awaitEnd());
        String later = stateOf(second, "kept");
        fixture.crash(strandline);

        // What was dropped is gone, so the permission is needed no longer.
        MemoryStrandline next = fixture.open();
        RunningPipeline third = deploy(next, 2);
        assertThat(stateOf(third, "kept")).isEqualTo(later);
        fixture.crash(next);
        assertFate(compare(fixture.open(), 1), "other", Fate.EMPTY, 0);
    }

    @Test
    void an_operator_of_another_kind_begins_empty_under_the_same_id() {
        runFirstVersion();
        RunningPipeline third = deploy(fixture.open(), 3, "other");
        fixture.deposit();
        await(third.awaitEnd());
        assertThat(third.statistics().damaged()).isZero();
        assertFate(
                compare(fixture.open(), 3),
                "other",
                Fate.KEPT,
                await(third.checkpoint()).keys()
                        - Ledger.expectedBalances(fixture.log).size());
    }

    @Test
    void a_task_that_takes_over_after_a_scaling_drops_it_too() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline first = deploy(strandline, 1);
        await(first.awaitEnd());
        await(first.close());
        Scalings.split(fixture.log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        RunningPipeline second = deploy(fixture.open(), 2, "other");
        await(second.awaitEnd());
        assertThat(await(second.position()).offsets()).hasSize(3);
        assertThat(stateOf(second, "kept")).isEqualTo(depositsOf("account-3"));
    }

    /** In the first version the operator is behind a shuffle, in the second the shuffle is gone, and in the third the operator too. */
    private static Pipeline shuffled(int version) {
        Pipeline.Builder builder = Pipeline.named("changing", version);
        KeyedEvents<String> deposits = deposits(builder);
        count(deposits, "kept");
        if (version == 1) {
            count(deposits.keyBy("by-bucket", TextCodec.STRING, Buckets::bucket), "moved");
        } else if (version == 2) {
            count(deposits, "moved");
        }
        return builder.build();
    }

    private List<StateChange> compareShuffled(int version, String... dropped) {
        MemoryStrandline strandline = fixture.open();
        return await(shuffled(version)
                .compare(strandline.vertx, strandline, options(dropped), fixture.store(strandline.vertx)));
    }

    @Test
    void state_in_a_stage_that_is_gone_is_refused_until_it_is_given_up() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline first = await(fixture.deploy(strandline, shuffled(1), options()));
        await(first.awaitEnd());
        await(first.close());
        assertThat(compareShuffled(1)).hasSize(2).allMatch(change -> change.fate() == Fate.KEPT);
        long buckets = Ledger.texts(fixture.log, Ledger.SOURCE).stream()
                .map(Buckets::bucket)
                .distinct()
                .count();
        for (int version : new int[] {2, 3}) {
            String why = version == 2 ? "the operator is in stage changing" : "no operator has this id";
            assertThat(compareShuffled(version))
                    .filteredOn(change -> change.stage().equals("changing--by-bucket"))
                    .singleElement()
                    .satisfies(change -> {
                        assertThat(change.operator()).isEqualTo("moved");
                        assertThat(change.fate()).isEqualTo(Fate.REFUSED);
                        assertThat(change.pieces()).isEqualTo(buckets);
                        assertThat(change.reason()).contains("no stage changing--by-bucket any more", why);
                    });
            assertThat(compareShuffled(version, "moved"))
                    .filteredOn(change -> change.stage().equals("changing--by-bucket"))
                    .singleElement()
                    .satisfies(change -> assertThat(change.fate()).isEqualTo(Fate.DROPPED));
            assertThatThrownBy(() -> await(fixture.deploy(fixture.open(), shuffled(version), options())))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContainingAll("operator moved", why, "droppedState");
        }
        // With permission it begins, and after its first checkpoint no permission is needed.
        MemoryStrandline permitted = fixture.open();
        RunningPipeline second = await(fixture.deploy(permitted, shuffled(2), options("moved")));
        assertThat(await(second.state("moved", "account-3")).value()).isNull();
        await(second.close());
        assertThat(compareShuffled(3))
                .filteredOn(change -> change.stage().contains("--"))
                .isEmpty();
        RunningPipeline again = await(fixture.deploy(fixture.open(), shuffled(2), options()));
        await(again.close());
    }

    @Test
    void a_reset_needs_no_permission_for_state_in_a_stage_that_is_gone() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline first = await(fixture.deploy(strandline, shuffled(1), options()));
        await(first.awaitEnd());
        await(first.close());
        MemoryStrandline next = fixture.open();
        RunningPipeline reset = await(shuffled(2).reset(next.vertx, next, options(), fixture.store(next.vertx)));
        await(reset.awaitEnd());
        // Each event was counted once, from the first one on: without the state of before, and not from where that was.
        assertThat(reset.statistics().restored()).isNull();
        assertThat(await(reset.position())).isEqualTo(fixture.log.endCut(Ledger.SOURCE));
        assertThat(stateOf(reset, "kept")).isEqualTo(depositsOf("account-3"));
        assertThat(stateOf(reset, "moved")).isEqualTo(depositsOf("account-3"));
        await(reset.close());
        assertThat(compareShuffled(2)).hasSize(2).allMatch(change -> change.fate() == Fate.KEPT);
    }

    private String depositsOf(String account) {
        return Long.toString(Ledger.texts(fixture.log, Ledger.SOURCE).stream()
                .filter(deposit -> Ledger.account(deposit).equals(account))
                .count());
    }
}
