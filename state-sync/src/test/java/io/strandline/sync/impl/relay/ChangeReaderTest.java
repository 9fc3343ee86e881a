package io.strandline.sync.impl.relay;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.sync.Change;
import io.strandline.sync.ChangeReader;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateModel;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ChangeReaderTest {

    private static final String NAME = "changes/state";

    private final FaultyStore store = new FaultyStore(new HistoryLimits(1 << 16, 16, 1 << 20, 16));
    private final Queue<Change<List<String>, String>> seen = new ConcurrentLinkedQueue<>();
    private final Promise<Void> end = Promise.promise();
    private Vertx vertx = Vertx.vertx();

    @BeforeEach
    void use(Vertx own) {
        vertx = own;
    }

    @Test
    void a_reader_begins_with_the_state_and_tells_each_revision_with_its_updates() {
        StateSynchronizer<List<String>, String> one = open();
        await(one.update(state -> List.of("before")));
        ChangeReader<List<String>, String> reader = one.changes();
        collectUpTo(4, reader);
        await(one.update(state -> List.of("a", "b")));
        await(one.compareAndSet(2, List.of("set")));
        await(one.compareAndDelete(3));
        await(end.future());
        assertThat(seen)
                .containsExactly(
                        new Change<>(1, List.of("before"), List.of(), true),
                        new Change<>(2, List.of("before", "a", "b"), List.of("a", "b"), false),
                        new Change<>(3, List.of("set"), List.of(), true),
                        new Change<>(4, List.of(), List.of(), true));
    }

    @Test
    void news_of_other_processes_come_by_themselves_also_if_the_store_tells_nothing() {
        StateSync watching = StateSync.create(vertx, store, new StateSyncOptions().setRefreshMillis(10));
        collectUpTo(2, await(watching.open(NAME, Texts.MODEL)).changes());
        StateSynchronizer<List<String>, String> other = open();
        await(other.update(state -> List.of("a")));
        store.tellNothing();
        await(other.update(state -> List.of("b")));
        await(end.future());
        assertThat(seen).extracting(Change::revision).containsExactly(0L, 1L, 2L);
    }

    @Test
    void demand_is_kept_to() {
        StateSynchronizer<List<String>, String> one = open();
        ChangeReader<List<String>, String> reader = one.changes();
        reader.pause();
        reader.fetch(2);
        collectUpTo(5, reader);
        for (int i = 1; i <= 5; i++) {
            await(one.update(state -> List.of("x")));
        }
        assertThat(seen).extracting(Change::revision).containsExactly(0L, 1L);
        reader.resume();
        await(end.future());
        assertThat(seen).extracting(Change::revision).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(seen).filteredOn(Change::isWhole).hasSize(1);
    }

    @Test
    void who_was_paused_for_longer_than_the_store_keeps_goes_on_with_a_whole_state() {
        StateSynchronizer<List<String>, String> one = open();
        StateSynchronizer<List<String>, String> writer = open();
        ChangeReader<List<String>, String> reader = one.changes();
        reader.pause();
        reader.fetch(1);
        int count = Chain.MAX_REVISIONS + 100;
        collectUpTo(count, reader);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = "t" + i;
            expected.add(text);
            await(writer.update(state -> List.of(text)));
        }
        await(one.fetch());
        assertThat(seen).hasSize(1);
        reader.resume();
        await(end.future());
        List<Change<List<String>, String>> behind = seen.stream().skip(1).toList();
        assertThat(behind).hasSizeLessThan(20).filteredOn(Change::isWhole).hasSize(1);
        assertThat(behind.get(0).isWhole()).isTrue();
        assertThat(behind.get(behind.size() - 1).state()).isEqualTo(expected);
    }

    /** What the reader lacks cannot be read. The calls of others, and of its own synchronizer, do not wait for it. */
    @Test
    void a_reader_whose_reads_fail_holds_up_no_call_and_reads_seldom() {
        StateSynchronizer<List<String>, String> one = open();
        ChangeReader<List<String>, String> reader = one.changes();
        reader.pause();
        reader.fetch(1);
        int count = Chain.MAX_REVISIONS + 100;
        collectUpTo(count + 1, reader);
        for (int i = 0; i < count; i++) {
            await(one.add(List.of("x")));
        }
        store.reads(answer -> Future.failedFuture(new StrandlineException.Unauthorized("for the test")));
        int before = store.readCount();
        reader.resume();
        long begun = System.nanoTime();
        while (store.readCount() < before + 3) {
            Thread.onSpinWait(); // bounded by the timeout of all tests
        }
        assertThat(await(one.add(List.of("y"))).revision()).isEqualTo(count + 1);
        await(vertx.timer(LaggingMembers.MAX_REST_MILLIS, TimeUnit.MILLISECONDS));
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        assertThat(store.readCount() - before).isLessThan(20 + (int) (millis / LaggingMembers.MAX_REST_MILLIS));
        store.reads(answer -> answer);
        await(end.future());
    }

    @Test
    void a_reader_of_a_synchronizer_that_is_closed_ends_whenever_it_asks_to_hear_of_it() {
        StateSynchronizer<List<String>, String> one = open();
        ChangeReader<List<String>, String> reader = one.changes();
        await(one.close());
        AtomicInteger ends = new AtomicInteger();
        Promise<Void> ended = Promise.promise();
        reader.endHandler(end -> {
            ends.incrementAndGet();
            ended.complete();
        });
        await(ended.future());
        reader.endHandler(again -> ends.incrementAndGet());
        await(reader.close());
        assertThat(ends).hasValue(1);
    }

    @Test
    void a_revision_that_cannot_be_read_ends_the_reader_with_its_failure_and_nobody_else() {
        StateSynchronizer<List<String>, String> good = open();
        StateSync sync = StateSync.create(vertx, store);
        StateModel<List<String>, String> picky = new StateModel<>(
                List.of(),
                (state, update) -> {
                    if (update.equals("unreadable here")) {
                        throw new IllegalStateException("for the test");
                    }
                    return Texts.MODEL.evolve().apply(state, update);
                },
                Texts.LINES,
                Texts.TEXT);
        StateSynchronizer<List<String>, String> bad = await(sync.open(NAME, picky));
        Promise<Void> failed = Promise.promise();
        bad.changes().exceptionHandler(failed::fail).handler(seen::add);
        await(good.update(state -> List.of("readable")));
        await(good.update(state -> List.of("unreadable here")));

        assertThat(failureOf(failed.future()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("revision 2");
        assertThat(failureOf(bad.fetch()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("revision 2");
        assertThat(failureOf(bad.update(state -> List.of("b")))).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(bad.state()).isEqualTo(new Revisioned<>(1, List.of("readable")));
        assertThat(await(good.compareAndSet(2, List.of("whole"))).revision()).isEqualTo(3);
        assertThat(await(bad.fetch())).isEqualTo(new Revisioned<>(3, List.of("whole")));
        assertThat(await(bad.update(state -> List.of("b"))).state()).containsExactly("whole", "b");
    }

    @Test
    void readers_are_bounded_and_a_close_makes_room() {
        StateSynchronizer<List<String>, String> one = await(StateSync.create(vertx, store)
                .open(NAME, Texts.MODEL, new SynchronizerOptions().setMaxChangeReaders(1)));
        ChangeReader<List<String>, String> first = one.changes();
        assertThatThrownBy(one::changes)
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("1 change readers");
        await(first.close());
        await(first.close());
        ChangeReader<List<String>, String> second = one.changes();
        Promise<Void> ended = Promise.promise();
        second.endHandler(ended::complete);
        await(one.close());
        await(ended.future());
    }

    @Test
    void handlers_run_on_the_context_of_the_synchronizer() {
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        Promise<StateSynchronizer<List<String>, String>> opened = Promise.promise();
        context.runOnContext(
                v -> StateSync.create(vertx, store).open(NAME, Texts.MODEL).onComplete(opened));
        Promise<Context> ranOn = Promise.promise();
        await(opened.future()).changes().handler(change -> ranOn.tryComplete(Vertx.currentContext()));
        assertThat(await(ranOn.future())).isSameAs(context);
    }

    private void collectUpTo(long revision, ChangeReader<List<String>, String> reader) {
        reader.exceptionHandler(end::tryFail);
        reader.handler(change -> {
            seen.add(change);
            if (change.revision() == revision) {
                end.tryComplete();
            }
        });
    }

    private StateSynchronizer<List<String>, String> open() {
        return await(StateSync.create(vertx, store).open(NAME, Texts.MODEL));
    }
}
