package io.strandline.sync;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a synchronizer does on any store: rules Y1 to Y10. */
public abstract class StateSynchronizerRules {

    private static final HistoryLimits SMALL = new HistoryLimits(1 << 10, 8, 1 << 20, 64);

    private final String name = "rules/" + UUID.randomUUID();

    protected abstract Vertx vertx();

    /** Creates a store; all of one test share what it keeps. */
    protected abstract RevisionStore create(HistoryLimits limits);

    @Test
    void y1_an_update_is_seen_by_its_author_at_once_and_by_others_when_they_fetch() {
        RevisionStore store = create(HistoryLimits.DEFAULT);
        StateSynchronizer<List<String>, String> one = open(store);
        StateSynchronizer<List<String>, String> other = open(store);

        Revisioned<List<String>> after = await(one.update(state -> List.of("a", "b")));
        assertThat(after).isEqualTo(new Revisioned<>(1, List.of("a", "b")));
        assertThat(one.state()).isEqualTo(after);
        assertThat(await(other.fetch())).isEqualTo(after);
    }

    @Test
    void y2_who_loses_decides_again_on_what_it_missed() {
        RevisionStore store = create(HistoryLimits.DEFAULT);
        StateSynchronizer<List<String>, String> one = open(store);
        StateSynchronizer<List<String>, String> other = open(store);
        await(one.update(state -> List.of("a")));

        List<List<String>> seen = new ArrayList<>();
        await(other.update(state -> {
            seen.add(state);
            return List.of("b after " + state.size());
        }));
        assertThat(seen).endsWith(List.of("a"));
        assertThat(other.state()).isEqualTo(new Revisioned<>(2, List.of("a", "b after 1")));
    }

    @Test
    void y3_an_update_without_changes_is_confirmed_on_the_newest_state() {
        RevisionStore store = create(HistoryLimits.DEFAULT);
        StateSynchronizer<List<String>, String> one = open(store);
        StateSynchronizer<List<String>, String> other = open(store);
        await(one.update(state -> List.of("a")));

        Revisioned<List<String>> confirmed = await(other.update(state -> List.of()));
        assertThat(confirmed).isEqualTo(new Revisioned<>(1, List.of("a")));
    }

    @Test
    void y4_code_that_throws_fails_one_call_and_changes_nothing() {
        RevisionStore store = create(HistoryLimits.DEFAULT);
        StateSynchronizer<List<String>, String> one = open(store);
        await(one.update(state -> List.of("a")));
        Revisioned<List<String>> before = one.state();

        List<Future<?>> bad = List.of(
                one.update(state -> {
                    throw new IllegalStateException("no decision");
                }),
                one.update(state -> {
                    throw new AssertionError("an error, too");
                }),
                one.update(state -> List.of("b", "poison")),
                one.update(state -> List.of("unfoldable")));
        for (Future<?> call : bad) {
            assertThat(failureOf(call)).isInstanceOf(StrandlineException.Invalid.class);
        }
        assertThat(one.state()).isEqualTo(before);
        assertThat(await(open(store).fetch())).isEqualTo(before);
        assertThat(await(one.update(state -> List.of("b"))).revision()).isEqualTo(2);
    }

    @Test
    void y5_a_value_above_the_limit_is_invalid_with_the_numbers() {
        StateSynchronizer<List<String>, String> one = open(create(SMALL));
        assertThat(failureOf(one.update(state -> List.of("x".repeat(2_000)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("1024");
        assertThat(one.state().revision()).isZero();
    }

    @Test
    void y6_compare_and_set_replaces_the_state_at_its_revision_only() {
        RevisionStore store = create(HistoryLimits.DEFAULT);
        StateSynchronizer<List<String>, String> one = open(store);
        StateSynchronizer<List<String>, String> other = open(store);
        assertThat(await(one.compareAndSet(0, List.of("set"))).revision()).isEqualTo(1);

        assertThat(failureOf(other.compareAndSet(0, List.of("late"))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContainingAll("revision 1", "expected was 0");
        assertThat(other.state()).isEqualTo(new Revisioned<>(1, List.of("set")));
        assertThat(await(other.compareAndSet(1, List.of("next"))).revision()).isEqualTo(2);
        assertThat(failureOf(one.compareAndSet(7, List.of("early")))).isInstanceOf(StrandlineException.Conflict.class);
    }

    @Test
    void y7_deletion_is_a_revision() {
        StateSynchronizer<List<String>, String> one = open(create(HistoryLimits.DEFAULT));
        await(one.update(state -> List.of("a")));
        assertThat(await(one.compareAndDelete(1))).isEqualTo(new Revisioned<>(2, List.of()));
        assertThat(await(one.update(state -> List.of("b")))).isEqualTo(new Revisioned<>(3, List.of("b")));
    }

    @Test
    void y8_more_updates_than_a_store_keeps_go_on_over_snapshots() {
        RevisionStore store = create(SMALL);
        StateSynchronizer<List<String>, String> one = open(store);
        StateSynchronizer<List<String>, String> sleeper = open(store);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String text = "t" + i;
            expected.add(text);
            await(one.update(state -> List.of(text)));
        }
        assertThat(await(sleeper.fetch())).isEqualTo(new Revisioned<>(40, expected));
        assertThat(await(open(store).update(state -> List.of("end"))).revision())
                .isEqualTo(41);
    }

    @Test
    void y9_contention_applies_every_update_once_and_in_one_order() {
        RevisionStore store = create(HistoryLimits.DEFAULT);
        List<StateSynchronizer<List<String>, String>> all = new ArrayList<>();
        List<Future<?>> done = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(open(store));
        }
        for (int i = 0; i < 200; i++) {
            String text = "t" + i;
            expected.add(text);
            done.add(all.get(i % all.size()).update(state -> List.of(text)));
        }
        await(Future.all(done));

        Revisioned<List<String>> state = await(all.get(0).fetch());
        assertThat(state.revision()).isEqualTo(200);
        assertThat(state.state()).containsExactlyInAnyOrderElementsOf(expected);
        for (int author = 0; author < all.size(); author++) {
            int remainder = author;
            assertThat(await(all.get(author).fetch())).isEqualTo(state);
            assertThat(state.state())
                    .filteredOn(text -> numberOf(text) % all.size() == remainder)
                    .isSortedAccordingTo((a, b) -> Integer.compare(numberOf(a), numberOf(b)));
        }
    }

    @Test
    void y10_functions_run_on_the_opening_context_and_futures_complete_on_the_callers() {
        RevisionStore store = create(HistoryLimits.DEFAULT);
        Context opener = ((VertxInternal) vertx()).createEventLoopContext();
        Context caller = ((VertxInternal) vertx()).createEventLoopContext();
        Promise<StateSynchronizer<List<String>, String>> opened = Promise.promise();
        opener.runOnContext(
                v -> StateSync.create(vertx(), store).open(name, Texts.MODEL).onComplete(opened));
        StateSynchronizer<List<String>, String> one = await(opened.future());

        AtomicReference<Context> decidedOn = new AtomicReference<>();
        Promise<Context> completedOn = Promise.promise();
        caller.runOnContext(v -> one.update(state -> {
                    decidedOn.set(Vertx.currentContext());
                    return List.of("a");
                })
                .map(state -> Vertx.currentContext())
                .onComplete(completedOn));
        assertThat(await(completedOn.future())).isSameAs(caller);
        assertThat(decidedOn.get()).isSameAs(opener);
    }

    private StateSynchronizer<List<String>, String> open(RevisionStore store) {
        return await(StateSync.create(vertx(), store).open(name, Texts.MODEL));
    }

    private static int numberOf(String text) {
        return Integer.parseInt(text.substring(1));
    }
}
