package io.strandline.sync.impl.relay;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.Texts;
import io.strandline.sync.spi.HistoryLimits;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.junit5.VertxExtension;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What synchronizers of one name share, each on a context of its own. */
@ExtendWith(VertxExtension.class)
class SharedBatchTest {

    private static final StreamName NAME = new StreamName("shared", "state");

    private final FaultyStore store = new FaultyStore();

    @Test
    void calls_that_come_during_an_append_go_together_with_the_next(Vertx vertx) {
        List<StateSynchronizer<List<String>, String>> all = open(vertx, 4);
        Promise<Void> gate = Promise.promise();
        Promise<Void> held = Promise.promise();
        store.next(FaultyStore.heldBy(gate, held));
        CountDownLatch runs = new CountDownLatch(4);

        AtomicInteger functions = new AtomicInteger();
        Future<Revisioned<List<String>>> first = all.get(0).update(state -> {
            functions.incrementAndGet();
            return counted(runs, "0 on " + state.size());
        });
        await(held.future());
        List<Future<Revisioned<List<String>>>> behind = new ArrayList<>();
        for (int i = 1; i < 4; i++) {
            String text = i + " on ";
            behind.add(all.get(i).update(state -> {
                functions.incrementAndGet();
                return counted(runs, text + state.size());
            }));
        }
        await(runs);
        assertThat(first.isComplete()).isFalse();
        assertThat(behind).noneMatch(Future::isComplete);
        gate.complete();

        assertThat(await(first)).isEqualTo(new Revisioned<>(1, List.of("0 on 0")));
        behind.forEach(Texts::await);
        assertThat(store.batches()).containsExactly(1, 3);
        assertThat(functions).hasValue(4);
        Revisioned<List<String>> end = await(all.get(0).fetch());
        assertThat(end.revision()).isEqualTo(4);
        assertThat(end.state()).extracting(text -> text.substring(2)).containsExactly("on 0", "on 1", "on 2", "on 3");
        for (StateSynchronizer<List<String>, String> each : all) {
            assertThat(await(each.fetch())).isEqualTo(end);
        }
    }

    @Test
    void nobody_sees_a_revision_that_is_under_way(Vertx vertx) {
        List<StateSynchronizer<List<String>, String>> all = open(vertx, 2);
        List<Long> seen = new CopyOnWriteArrayList<>();
        all.get(1).changes().handler(change -> seen.add(change.revision()));
        Promise<Void> gate = Promise.promise();
        Promise<Void> held = Promise.promise();
        store.next(FaultyStore.heldBy(gate, held));
        Future<Revisioned<List<String>>> first = all.get(0).update(state -> List.of("a"));
        await(held.future());
        Promise<Void> decided = Promise.promise();
        Future<Revisioned<List<String>>> second = all.get(1).update(state -> {
            decided.complete();
            return List.of("b after " + state);
        });
        await(decided.future());
        assertThat(all.get(0).state().revision()).isZero();
        assertThat(all.get(1).state().revision()).isZero();
        assertThat(seen).containsOnly(0L);
        gate.complete();
        await(first);
        assertThat(await(second).state()).containsExactly("a", "b after [a]");
    }

    @Test
    void what_rests_on_refused_revisions_is_decided_again_in_the_old_order(Vertx vertx) {
        List<StateSynchronizer<List<String>, String>> all = open(vertx, 3);
        StateSynchronizer<List<String>, String> rival = open(vertx, 1).get(0);
        Promise<Void> gate = Promise.promise();
        Promise<Void> held = Promise.promise();
        store.next(FaultyStore.heldBy(gate, held));
        List<List<String>> thrownOn = new CopyOnWriteArrayList<>();
        Promise<Void> kept = Promise.promise();

        Future<Revisioned<List<String>>> one = all.get(0).update(state -> List.of("one"));
        untilOneIsDecided(all.get(1));
        Promise<Void> threw = Promise.promise();
        Future<Revisioned<List<String>>> throwing = all.get(1).update(state -> {
            thrownOn.add(state);
            threw.tryComplete();
            throw new IllegalStateException("saw " + state);
        });
        Future<Revisioned<List<String>>> nothing = all.get(2).update(state -> {
            if (state.contains("one")) {
                kept.tryComplete();
            }
            return List.of();
        });
        await(kept.future());
        // Each synchronizer is on a thread of its own: one may have seen "one" long before the other does, and before
        // the append
        // is sent, so that the rival's would be the one that is held.
        await(threw.future());
        await(held.future());
        await(rival.update(state -> List.of("rival")));
        assertThat(throwing.isComplete()).isFalse();
        assertThat(nothing.isComplete()).isFalse();
        gate.complete();

        assertThat(await(one).state()).containsExactly("rival", "one");
        assertThat(failureOf(throwing))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("saw [rival, one]");
        assertThat(await(nothing).state()).startsWith("rival", "one");
        assertThat(thrownOn).contains(List.of("one")).endsWith(List.of("rival", "one"));
    }

    /** Waits until the first update is decided, as this synchronizer's functions see. */
    private static void untilOneIsDecided(StateSynchronizer<List<String>, String> other) {
        Promise<Void> there = Promise.promise();
        poll(other, there);
        await(there.future());
    }

    private static void poll(StateSynchronizer<List<String>, String> other, Promise<Void> there) {
        other.update(state -> {
                    if (state.contains("one")) {
                        there.tryComplete();
                    }
                    return List.of();
                })
                .onSuccess(state -> {
                    if (!there.future().isComplete()) {
                        poll(other, there);
                    }
                });
    }

    @Test
    void a_member_on_a_blocked_thread_holds_nobody_up(Vertx vertx) {
        Context worker = ((VertxInternal) vertx).createWorkerContext();
        StateSync sync = StateSync.create(vertx, store);
        StateSynchronizer<List<String>, String> free = openOn(sync, ((VertxInternal) vertx).createEventLoopContext());
        StateSynchronizer<List<String>, String> slow = openOn(sync, worker);
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Promise<Revisioned<List<String>>> late = Promise.promise();
        worker.runOnContext(v -> {
            slow.update(state -> List.of("late")).onComplete(late);
            blocked.countDown();
            await(release);
        });
        await(blocked);
        for (int i = 1; i <= 20; i++) {
            assertThat(await(free.update(state -> List.of("free"))).revision()).isEqualTo(i);
        }
        release.countDown();
        assertThat(await(late.future()).revision()).isEqualTo(21);
    }

    @Test
    void a_revision_that_the_store_finds_invalid_fails_its_own_call_only(Vertx vertx) {
        List<StateSynchronizer<List<String>, String>> all = open(vertx, 3);
        Promise<Void> gate = Promise.promise();
        Promise<Void> held = Promise.promise();
        store.next(FaultyStore.heldBy(gate, held));
        FaultyStore.Fault picky = append -> append.next().stream()
                        .anyMatch(revision -> new String(revision.bytes(), StandardCharsets.UTF_8).contains("bad"))
                ? Future.failedFuture(new StrandlineException.Invalid(
                        "a bad one among " + append.next().size()))
                : append.get();
        for (int i = 0; i < 10; i++) {
            store.next(picky);
        }
        Future<Revisioned<List<String>>> first = all.get(0).update(state -> List.of("first"));
        await(held.future());
        CountDownLatch runs = new CountDownLatch(3);
        Future<Revisioned<List<String>>> good = all.get(0).update(state -> counted(runs, "good"));
        Future<Revisioned<List<String>>> bad = all.get(1).update(state -> counted(runs, "bad"));
        Future<Revisioned<List<String>>> fine = all.get(2).update(state -> counted(runs, "fine"));
        await(runs);
        gate.complete();
        await(first);
        assertThat(failureOf(bad))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("among 1");
        await(good);
        await(fine);
        assertThat(await(all.get(1).fetch()).state()).containsExactlyInAnyOrder("first", "good", "fine");
    }

    @Test
    void two_replacements_of_one_revision_in_one_batch_are_one_success_and_one_conflict(Vertx vertx) {
        List<StateSynchronizer<List<String>, String>> all = open(vertx, 2);
        Promise<Void> gate = Promise.promise();
        store.next(FaultyStore.heldBy(gate));
        Future<?> held = all.get(0).update(state -> List.of("held"));
        Future<Revisioned<List<String>>> one = all.get(0).compareAndSet(1, List.of("one"));
        Future<Revisioned<List<String>>> other = all.get(0).compareAndSet(1, List.of("other"));
        gate.complete();
        await(held);
        assertThat(await(one)).isEqualTo(new Revisioned<>(2, List.of("one")));
        assertThat(failureOf(other))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("revision 2");
    }

    @Test
    void calls_behind_an_append_that_is_lost_are_made_once(Vertx vertx) {
        StateSync sync = StateSync.create(vertx, store, new StateSyncOptions().setAnswerTimeoutMillis(500));
        StateSynchronizer<List<String>, String> one = openOn(sync, vertx.getOrCreateContext());
        StateSynchronizer<List<String>, String> two = openOn(sync, ((VertxInternal) vertx).createEventLoopContext());
        Promise<Void> lost = Promise.promise();
        store.next(FaultyStore.neverAnswered(lost));
        Future<?> unknown = one.update(state -> List.of("unknown"));
        await(lost.future());
        Future<Revisioned<List<String>>> behind = two.update(state -> List.of("after"));
        assertThat(failureOf(unknown)).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(await(behind)).isEqualTo(new Revisioned<>(2, List.of("unknown", "after")));
    }

    @Test
    void adding_runs_no_function_again_and_is_not_counted(Vertx vertx) {
        StateSync sync = StateSync.create(vertx, store);
        StateSynchronizer<List<String>, String> adder =
                await(sync.open(NAME.toString(), Texts.MODEL, new SynchronizerOptions().setMaxAttempts(1)));
        StateSynchronizer<List<String>, String> rival = open(vertx, 1).get(0);
        for (int i = 0; i < 3; i++) {
            String text = "rival " + i;
            store.next(append -> {
                store.next(FaultyStore.Append::get); // the rival's own append has no fault
                return rival.update(state -> List.of(text)).compose(done -> append.get());
            });
            // The rival's append takes the next fault, so this one comes after it.
            assertThat(await(adder.add(List.of("added " + i))).state()).endsWith(text, "added " + i);
        }
    }

    @Test
    void a_batch_keeps_to_the_bytes_of_one_value(Vertx vertx) {
        FaultyStore small = new FaultyStore(new HistoryLimits(1 << 10, 256, 1 << 20, 16));
        StateSynchronizer<List<String>, String> one =
                await(StateSync.create(vertx, small).open(NAME.toString(), Texts.MODEL));
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            String text = "x".repeat(400) + i;
            all.add(one.compareAndSet(i, List.of(text)));
        }
        await(Future.all(all));
        assertThat(small.batches()).allMatch(size -> size <= 2);
        assertThat(one.state().revision()).isEqualTo(10);
    }

    private static List<String> counted(CountDownLatch runs, String text) {
        runs.countDown();
        return List.of(text);
    }

    /** Opens synchronizers that share one way to the store, each on an event loop context of its own. */
    private List<StateSynchronizer<List<String>, String>> open(Vertx vertx, int count) {
        StateSync sync = StateSync.create(vertx, store);
        List<StateSynchronizer<List<String>, String>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(openOn(sync, ((VertxInternal) vertx).createEventLoopContext()));
        }
        return all;
    }

    private static StateSynchronizer<List<String>, String> openOn(StateSync sync, Context context) {
        Promise<StateSynchronizer<List<String>, String>> opened = Promise.promise();
        context.runOnContext(v -> sync.open(NAME.toString(), Texts.MODEL).onComplete(opened));
        return await(opened.future());
    }
}
