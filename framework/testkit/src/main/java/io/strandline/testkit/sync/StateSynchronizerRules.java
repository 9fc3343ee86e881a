package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;
import static io.strandline.testkit.sync.Awaited.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.sync.Change;
import io.strandline.sync.ChangeReader;
import io.strandline.sync.Confirmed;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a synchronizer does on any store: rules Y1 to Y17. */
public abstract class StateSynchronizerRules {

    private static final HistoryLimits SMALL = new HistoryLimits(1 << 10, 8, 1 << 20, 64);

    private final String name = "rules/" + UUID.randomUUID();
    private final Vertx vertx;
    private final RevisionStoreFixture fixture;

    /** Takes the fixture under test. Each test has its own instance. */
    protected StateSynchronizerRules(Vertx vertx, RevisionStoreFixture fixture) {
        this.vertx = vertx;
        this.fixture = fixture;
    }

    @AfterEach
    void closeFixture() {
        fixture.close();
    }

    @Test
    void y1_an_update_is_seen_by_its_author_at_once_and_by_others_when_they_fetch() {
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
        StateSynchronizer<List<String>, String> one = open(store);
        StateSynchronizer<List<String>, String> other = open(store);

        Revisioned<List<String>> after = await(one.update(state -> List.of("a", "b")));
        assertThat(after).isEqualTo(new Revisioned<>(1, List.of("a", "b")));
        assertThat(one.state()).isEqualTo(after);
        assertThat(await(other.fetch())).isEqualTo(after);
    }

    @Test
    void y2_who_loses_decides_again_on_what_it_missed() {
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
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
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
        StateSynchronizer<List<String>, String> one = open(store);
        StateSynchronizer<List<String>, String> other = open(store);
        await(one.update(state -> List.of("a")));

        Revisioned<List<String>> confirmed = await(other.update(state -> List.of()));
        assertThat(confirmed).isEqualTo(new Revisioned<>(1, List.of("a")));
    }

    @Test
    void y4_code_that_throws_fails_one_call_and_changes_nothing() {
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
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
                one.update(state -> List.of("b", TextState.UNENCODABLE)),
                one.update(state -> List.of(TextState.UNFOLDABLE)));
        for (Future<?> call : bad) {
            assertThat(failureOf(call)).isInstanceOf(StrandlineException.Invalid.class);
        }
        assertThat(one.state()).isEqualTo(before);
        assertThat(await(open(store).fetch())).isEqualTo(before);
        assertThat(await(one.update(state -> List.of("b"))).revision()).isEqualTo(2);
    }

    @Test
    void y5_a_value_above_the_limit_is_invalid_with_the_numbers() {
        StateSynchronizer<List<String>, String> one = open(fixture.create(SMALL));
        assertThat(failureOf(one.update(state -> List.of("x".repeat(2_000)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("1024");
        assertThat(one.state().revision()).isZero();
    }

    @Test
    void y6_compare_and_set_replaces_the_state_at_its_revision_only() {
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
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
        StateSynchronizer<List<String>, String> one = open(fixture.create(HistoryLimits.DEFAULT));
        await(one.update(state -> List.of("a")));
        assertThat(await(one.compareAndDelete(1))).isEqualTo(new Revisioned<>(2, List.of()));
        assertThat(await(one.update(state -> List.of("b")))).isEqualTo(new Revisioned<>(3, List.of("b")));
    }

    @Test
    void y8_more_updates_than_a_store_keeps_go_on_over_snapshots() {
        RevisionStore store = fixture.create(SMALL);
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
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
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
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
        Context opener = ((VertxInternal) vertx).createEventLoopContext();
        Context caller = ((VertxInternal) vertx).createEventLoopContext();
        StateSynchronizer<List<String>, String> one = openOn(opener, StateSync.create(vertx, store));

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

    @Test
    void y11_synchronizers_that_share_a_way_to_the_store_refuse_nobody() {
        StateSync sync = StateSync.create(vertx, fixture.create(HistoryLimits.DEFAULT));
        List<StateSynchronizer<List<String>, String>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(openOn(((VertxInternal) vertx).createEventLoopContext(), sync));
        }
        AtomicInteger runs = new AtomicInteger();
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String text = "t" + i;
            done.add(all.get(i % all.size()).update(state -> {
                runs.incrementAndGet();
                return List.of(text);
            }));
        }
        await(Future.all(done));
        assertThat(runs).hasValue(200);
        Revisioned<List<String>> end = await(all.get(0).fetch());
        assertThat(end.revision()).isEqualTo(200);
        assertThat(end.state()).doesNotHaveDuplicates().hasSize(200);
        await(sync.close());
    }

    @Test
    void y12_changes_come_once_each_in_order_and_with_demand() {
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
        StateSynchronizer<List<String>, String> one = open(store);
        StateSynchronizer<List<String>, String> other = open(store);
        List<Change<List<String>, String>> changes = Collections.synchronizedList(new ArrayList<>());
        Promise<Void> end = Promise.promise();
        ChangeReader<List<String>, String> reader = other.changes();
        reader.pause();
        reader.exceptionHandler(end::tryFail);
        reader.handler(change -> {
            changes.add(change);
            reader.fetch(1);
            if (change.revision() == 50) {
                end.complete();
            }
        });
        reader.fetch(1);
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String text = "t" + i;
            done.add(one.update(state -> List.of(text)));
        }
        await(Future.all(done));
        await(end.future());
        long first = changes.get(0).revision();
        for (int i = 0; i < changes.size(); i++) {
            Change<List<String>, String> change = changes.get(i);
            assertThat(change.revision()).isEqualTo(first + i);
            assertThat(change.isWhole()).isEqualTo(i == 0);
            assertThat(change.updates()).hasSize(i == 0 ? 0 : 1);
            assertThat(change.state()).hasSize((int) change.revision());
        }
    }

    @Test
    void y13_updates_that_commute_are_added_whatever_others_do() {
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
        SynchronizerOptions once = new SynchronizerOptions().setMaxAttempts(1);
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            StateSynchronizer<List<String>, String> adder =
                    await(StateSync.create(vertx, store).open(name, TextState.MODEL, once));
            for (int n = 0; n < 25; n++) {
                done.add(adder.add(List.of(i + "." + n)));
            }
        }
        await(Future.all(done));
        Revisioned<List<String>> end = await(open(store).fetch());
        assertThat(end.revision()).isEqualTo(100);
        assertThat(end.state()).doesNotHaveDuplicates().hasSize(100);
    }

    @Test
    void y14_a_name_that_nobody_wrote_is_not_found_where_that_is_asked_for() {
        RevisionStore store = fixture.create(HistoryLimits.DEFAULT);
        SynchronizerOptions existing = new SynchronizerOptions().setCreateIfMissing(false);
        StateSync sync = StateSync.create(vertx, store);
        assertThat(failureOf(sync.open(name, TextState.MODEL, existing)))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining(name);
        await(open(store).update(state -> List.of("a")));
        assertThat(await(sync.open(name, TextState.MODEL, existing)).state().revision())
                .isEqualTo(1);
    }

    @Test
    void y15_a_thousand_revisions_are_caught_up_with_in_one_read() {
        CountedReads reads = new CountedReads(fixture.create(new HistoryLimits(1 << 16, 2_000, 8 << 20, 64)));
        StateSynchronizer<List<String>, String> sleeper = open(reads);
        StateSynchronizer<List<String>, String> writer = open(reads.counted());
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            String text = "t" + i;
            done.add(writer.update(state -> List.of(text)));
        }
        await(Future.all(done));
        int before = reads.count();
        assertThat(await(sleeper.fetch()).revision()).isEqualTo(1_000);
        assertThat(reads.count() - before).isEqualTo(1);
    }

    @Test
    void y16_a_state_says_how_long_ago_it_was_confirmed() {
        StateSynchronizer<List<String>, String> one = open(fixture.create(HistoryLimits.DEFAULT));
        long begun = System.nanoTime();
        Revisioned<List<String>> state = await(one.update(seen -> List.of("a")));
        Confirmed<List<String>> confirmed = one.confirmed();
        assertThat(confirmed.state()).isEqualTo(state);
        assertThat(confirmed.millisAgo()).isBetween(0L, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
    }

    @Test
    void y17_a_handler_that_asks_for_more_gets_it_after_what_it_is_called_with() {
        Context context = vertx.getOrCreateContext();
        StateSynchronizer<List<String>, String> one =
                openOn(context, StateSync.create(vertx, fixture.create(HistoryLimits.DEFAULT)));
        List<Long> revisions = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger deep = new AtomicInteger();
        Promise<Void> end = Promise.promise();
        context.runOnContext(v -> {
            ChangeReader<List<String>, String> reader = one.changes();
            reader.pause();
            reader.exceptionHandler(end::tryFail);
            reader.handler(change -> {
                if (deep.incrementAndGet() > 1) {
                    end.tryFail("revision " + change.revision() + " came within another one");
                }
                reader.fetch(1);
                revisions.add(change.revision());
                deep.decrementAndGet();
                if (change.revision() == 20) {
                    end.tryComplete();
                }
            });
            reader.fetch(1);
            // In one turn, so that they become durable together
            for (int i = 0; i < 20; i++) {
                one.add(List.of("t" + i)).onFailure(end::tryFail);
            }
        });
        await(end.future());
        long first = revisions.get(0);
        for (int i = 0; i < revisions.size(); i++) {
            assertThat(revisions.get(i)).isEqualTo(first + i);
        }
    }

    private StateSynchronizer<List<String>, String> open(RevisionStore store) {
        return await(StateSync.create(vertx, store).open(name, TextState.MODEL));
    }

    private StateSynchronizer<List<String>, String> openOn(Context context, StateSync sync) {
        Promise<StateSynchronizer<List<String>, String>> opened = Promise.promise();
        context.runOnContext(v -> sync.open(name, TextState.MODEL).onComplete(opened));
        return await(opened.future());
    }

    private static int numberOf(String text) {
        return Integer.parseInt(text.substring(1));
    }
}
