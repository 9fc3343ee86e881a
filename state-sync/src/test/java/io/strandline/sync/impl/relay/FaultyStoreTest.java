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
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How a synchronizer handles a store that loses answers, hangs, or loses revisions. */
@ExtendWith(VertxExtension.class)
class FaultyStoreTest {

    /** One answer never comes, and the next one has as long: a busy machine takes its time. */
    private static final long ANSWER_MILLIS = 500;

    private static final StreamName NAME = new StreamName("faulty", "state");

    private final FaultyStore store = new FaultyStore();

    @Test
    void an_append_whose_answer_is_lost_is_repeated_and_stands_once(Vertx vertx) {
        StateSynchronizer<List<String>, String> one = open(vertx, new SynchronizerOptions());
        store.next(FaultyStore.losing());
        assertThat(await(one.update(state -> List.of("a")))).isEqualTo(new Revisioned<>(1, List.of("a")));
        assertThat(await(one.fetch())).isEqualTo(new Revisioned<>(1, List.of("a")));
    }

    @Test
    void an_unanswered_append_stays_unknown_if_its_repeat_is_not_served(Vertx vertx) {
        StateSynchronizer<List<String>, String> one = open(vertx, new SynchronizerOptions());
        store.next(FaultyStore.losing());
        store.next(append -> Future.failedFuture(new StrandlineException.Unavailable("closing")));
        assertThat(failureOf(one.update(state -> List.of("a")))).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(await(one.fetch()).state()).containsExactly("a");
    }

    @Test
    void a_store_that_never_answers_makes_a_call_unknown_and_not_the_next(Vertx vertx) {
        StateSynchronizer<List<String>, String> one =
                open(vertx, new SynchronizerOptions(), new StateSyncOptions().setAnswerTimeoutMillis(ANSWER_MILLIS));
        Promise<Void> sent = Promise.promise();
        store.next(FaultyStore.neverAnswered(sent));
        Future<?> lost = one.update(state -> List.of("a"));
        await(sent.future());
        Future<Revisioned<List<String>>> next = one.update(state -> List.of("b"));
        assertThat(failureOf(lost))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining(ANSWER_MILLIS + " ms");
        assertThat(await(next)).isEqualTo(new Revisioned<>(2, List.of("a", "b")));
    }

    /** Nothing tells of the change, and no call asks: the doubt alone makes the synchronizer look. */
    @Test
    void what_an_unknown_append_left_behind_is_looked_for_at_once(Vertx vertx) {
        StateSyncOptions quiet =
                new StateSyncOptions().setAnswerTimeoutMillis(50).setRefreshMillis(3_600_000);
        FaultyStore.Fault undecided = append ->
                append.get().map(answer -> new AppendAnswer.Undecided(((AppendAnswer.Appended) answer).position()));
        for (FaultyStore.Fault fault : List.of(FaultyStore.neverAnswered(Promise.promise()), undecided)) {
            FaultyStore doubtful = new FaultyStore();
            doubtful.tellNothing();
            StateSynchronizer<List<String>, String> one =
                    await(StateSync.create(vertx, doubtful, quiet).open(NAME.toString(), Texts.MODEL));
            Promise<Void> seen = Promise.promise();
            one.changes().handler(change -> {
                if (change.revision() == 1) {
                    seen.complete();
                }
            });
            doubtful.next(fault);
            assertThat(failureOf(one.update(state -> List.of("a")))).isInstanceOf(StrandlineException.Unknown.class);
            await(seen.future());
        }
    }

    /** The next call is decided on the store's state, and is not refused first. */
    @Test
    void a_call_after_an_unknown_one_loses_no_attempt(Vertx vertx) {
        StateSynchronizer<List<String>, String> one = open(
                vertx,
                new SynchronizerOptions().setMaxAttempts(1),
                new StateSyncOptions().setAnswerTimeoutMillis(ANSWER_MILLIS).setRefreshMillis(3_600_000));
        store.tellNothing();
        Promise<Void> sent = Promise.promise();
        store.next(FaultyStore.neverAnswered(sent));
        Future<?> lost = one.update(state -> List.of("a"));
        await(sent.future());
        Future<Revisioned<List<String>>> next = one.update(state -> List.of("b after " + state));
        assertThat(failureOf(lost)).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(await(next)).isEqualTo(new Revisioned<>(2, List.of("a", "b after [a]")));
    }

    /** The first attempt is still on its way when the second is told that it is another writer's turn. */
    @Test
    void a_refusal_that_nothing_follows_does_not_prove_that_an_earlier_attempt_was_not_taken(Vertx vertx) {
        StateSynchronizer<List<String>, String> one = open(vertx, new SynchronizerOptions());
        Supplier<Future<AppendAnswer>> late = lateFirst();
        store.next(append ->
                Future.succeededFuture(new AppendAnswer.Refused(new CatchUp(append.expected(), List.of()), 20)));
        store.next(append -> late.get().compose(taken -> append.get()));
        assertThat(await(one.add(List.of("a")))).isEqualTo(new Revisioned<>(1, List.of("a")));
        assertThat(await(one.fetch())).isEqualTo(new Revisioned<>(1, List.of("a")));
    }

    @Test
    void an_unanswered_append_stays_unknown_if_it_never_gets_its_turn(Vertx vertx) {
        StateSynchronizer<List<String>, String> one =
                open(vertx, new SynchronizerOptions(), new StateSyncOptions().setAnswerTimeoutMillis(ANSWER_MILLIS));
        Supplier<Future<AppendAnswer>> late = lateFirst();
        for (int i = 0; i < 1_000; i++) {
            store.next(append -> Future.succeededFuture(
                    new AppendAnswer.Refused(new CatchUp(append.expected(), List.of()), ANSWER_MILLIS / 10)));
        }
        assertThat(failureOf(one.add(List.of("a")))).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(store.batches()).hasSizeLessThan(20);
        await(late.get());
        assertThat(await(one.fetch()).state()).containsExactly("a");
    }

    @Test
    void a_full_store_does_not_prove_that_an_earlier_attempt_was_not_taken(Vertx vertx) {
        StateSynchronizer<List<String>, String> one = open(vertx, new SynchronizerOptions());
        Supplier<Future<AppendAnswer>> late = lateFirst();
        store.next(append -> Future.succeededFuture(new AppendAnswer.Full(5, 6)));
        store.next(append -> Future.succeededFuture(new AppendAnswer.Full(5, 6)));
        assertThat(failureOf(one.add(List.of("a"))))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("full with 5");
        await(late.get());
        assertThat(await(one.fetch()).state()).containsExactly("a");
    }

    @Test
    void a_full_store_that_is_not_compacted_proves_nothing_either(Vertx vertx) {
        StateSynchronizer<List<String>, String> one = open(vertx, new SynchronizerOptions());
        await(one.add(List.of("before")));
        Supplier<Future<AppendAnswer>> late = lateFirst();
        store.next(append -> Future.succeededFuture(new AppendAnswer.Full(5, 6)));
        store.compactions(done -> Future.failedFuture(new StrandlineException.Unavailable("for the test")));
        assertThat(failureOf(one.add(List.of("a")))).isInstanceOf(StrandlineException.Unknown.class);
        await(late.get());
        assertThat(await(one.fetch()).state()).containsExactly("before", "a");
    }

    @Test
    void a_compaction_hands_over_the_newest_state(Vertx vertx) {
        StateSyncOptions quiet = new StateSyncOptions().setRefreshMillis(3_600_000);
        StateSynchronizer<List<String>, String> one = open(vertx, new SynchronizerOptions(), quiet);
        StateSynchronizer<List<String>, String> other = open(vertx, new SynchronizerOptions(), quiet);
        store.tellNothing();
        await(other.add(List.of("a")));
        assertThat(one.state().revision()).isZero();
        await(one.compact());
        assertThat(one.state()).isEqualTo(new Revisioned<>(1, List.of("a")));
    }

    /** An append that is answered with Unknown, and is not made until the test makes it. */
    private Supplier<Future<AppendAnswer>> lateFirst() {
        Promise<FaultyStore.Append> late = Promise.promise();
        store.next(append -> {
            late.complete(append);
            return Future.failedFuture(new StrandlineException.Unknown("on its way for the test"));
        });
        return () -> late.future().compose(FaultyStore.Append::get);
    }

    @Test
    void attempts_are_bounded(Vertx vertx) {
        StateSynchronizer<List<String>, String> one = open(vertx, new SynchronizerOptions().setMaxAttempts(3));
        store.next(this::overtaken);
        store.next(this::overtaken);
        store.next(this::overtaken);
        assertThat(failureOf(one.update(state -> List.of("a"))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("3 attempts, the limit is 3");
        assertThat(await(one.update(state -> List.of("a"))).revision()).isEqualTo(1);
    }

    @Test
    void open_calls_are_bounded_and_a_close_waits_for_those_decided(Vertx vertx) {
        StateSynchronizer<List<String>, String> one = open(vertx, new SynchronizerOptions().setMaxOpenCalls(2));
        Promise<AppendAnswer> held = Promise.promise();
        store.next(append -> append.get().compose(answer -> held.future()));
        Future<Revisioned<List<String>>> sent = one.update(state -> List.of("a"));
        Future<Revisioned<List<String>>> decided = one.update(state -> List.of("b"));
        assertThat(failureOf(one.update(state -> List.of("c"))))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("2 calls");

        Future<Void> closed = one.close();
        assertThat(closed.isComplete()).isFalse();
        held.complete(new AppendAnswer.Appended(store.newest(NAME), 1));
        assertThat(await(sent).revision()).isEqualTo(1);
        assertThat(await(decided).revision()).isEqualTo(2);
        await(closed);
        assertThat(failureOf(one.fetch())).isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void a_synchronizer_follows_a_store_that_lost_revisions(Vertx vertx) {
        StateSynchronizer<List<String>, String> one = open(vertx, new SynchronizerOptions());
        await(one.update(state -> List.of("a")));
        await(one.update(state -> List.of("b")));
        store.forgetEverything();
        StateSynchronizer<List<String>, String> other = open(vertx, new SynchronizerOptions());
        await(other.update(state -> List.of("x")));

        assertThat(await(one.update(state -> List.of("after " + state))))
                .isEqualTo(new Revisioned<>(2, List.of("x", "after [x]")));
    }

    private Future<AppendAnswer> overtaken(FaultyStore.Append append) {
        return Future.succeededFuture(new AppendAnswer.Refused(new CatchUp(Position.NONE, List.of()), 0));
    }

    private StateSynchronizer<List<String>, String> open(Vertx vertx, SynchronizerOptions options) {
        return open(vertx, options, new StateSyncOptions());
    }

    private StateSynchronizer<List<String>, String> open(
            Vertx vertx, SynchronizerOptions options, StateSyncOptions shared) {
        return await(StateSync.create(vertx, store, shared).open(NAME.toString(), Texts.MODEL, options));
    }
}
