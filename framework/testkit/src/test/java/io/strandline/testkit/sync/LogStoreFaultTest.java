package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;
import static io.strandline.testkit.sync.Awaited.failureOf;
import static io.strandline.testkit.sync.Revisions.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the log store makes of appends whose answer is lost or late, and of looks at the end. */
@ExtendWith(VertxExtension.class)
class LogStoreFaultTest {

    private static final StreamName NAME = new StreamName("synced", "state");
    private static final StreamName STREAM = LogRevisionStore.streamOf(NAME);
    private static final HistoryLimits LIMITS = new HistoryLimits(1 << 10, 16, 1 << 20, 4);

    private final Revisions writer = new Revisions(NAME);
    private Vertx vertx;
    private FaultyLog log;
    private LogRevisionStore store;
    private LogRevisionStore other;
    private Position newest = Position.NONE;

    @BeforeEach
    void open(Vertx own, @TempDir Path directory) {
        vertx = own;
        Strandline real = await(Strandline.open(vertx, "file:" + directory));
        log = new FaultyLog(real);
        store = LogRevisionStore.open(vertx, log, LIMITS);
        other = LogRevisionStore.open(vertx, real, LIMITS);
        newest = writer.append(store, newest, 2);
    }

    @AfterEach
    void close() {
        await(log.close());
    }

    @Test
    void the_repeat_of_an_append_that_was_taken_without_an_answer_is_taken_once() {
        List<Revision> next = writer.next(newest, 2);
        log.faults.add(append -> append.get().compose(taken -> lost()));
        assertThat(failureOf(store.append(NAME, newest, next))).isInstanceOf(StrandlineException.Unknown.class);

        assertThat(await(store.append(NAME, newest, next))).isEqualTo(appended(next, 4));
        assertThat(readAll(store, NAME).newest()).isEqualTo(last(next));
        assertThat(readAll(other, NAME).newest()).isEqualTo(last(next));
    }

    @Test
    void the_repeat_of_an_append_that_was_not_taken_is_taken() {
        List<Revision> next = writer.next(newest, 2);
        log.faults.add(append -> lost());
        assertThat(failureOf(store.append(NAME, newest, next))).isInstanceOf(StrandlineException.Unknown.class);

        assertThat(await(store.append(NAME, newest, next))).isEqualTo(appended(next, 4));
        assertThat(readAll(other, NAME).newest()).isEqualTo(last(next));
    }

    @Test
    void a_repeat_is_recognised_by_another_store() {
        List<Revision> next = writer.next(newest, 1);
        log.faults.add(append -> append.get().compose(taken -> lost()));
        assertThat(failureOf(store.append(NAME, newest, next))).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(await(other.append(NAME, newest, next))).isEqualTo(appended(next, 3));
        new Revisions(NAME).append(other, last(next), 1);
        assertThat(await(store.append(NAME, newest, next))).isEqualTo(appended(next, 4));
    }

    @Test
    void who_comes_between_an_append_that_was_not_taken_and_its_repeat_wins() {
        List<Revision> next = writer.next(newest, 1);
        log.faults.add(append -> lost());
        assertThat(failureOf(store.append(NAME, newest, next))).isInstanceOf(StrandlineException.Unknown.class);
        Position between = new Revisions(NAME).append(other, newest, 1);

        AppendAnswer repeated = await(store.append(NAME, newest, next));
        assertThat(repeated).isInstanceOf(AppendAnswer.Refused.class);
        assertThat(((AppendAnswer.Refused) repeated).missed().newest()).isEqualTo(between);
    }

    @Test
    void after_an_unknown_append_nothing_is_decided_before_a_look_at_the_end() {
        List<Revision> lost = writer.next(newest, 1);
        log.faults.add(append -> append.get().compose(taken -> lost()));
        assertThat(failureOf(store.append(NAME, newest, lost))).isInstanceOf(StrandlineException.Unknown.class);

        AppendAnswer next = await(store.append(NAME, newest, new Revisions(NAME).next(newest, 1)));
        assertThat(next).isInstanceOf(AppendAnswer.Refused.class);
        assertThat(((AppendAnswer.Refused) next).missed().newest()).isEqualTo(last(lost));
    }

    @Test
    void a_snapshot_without_an_answer_may_be_repeated() {
        Revision whole = Revisions.whole(newest);
        log.faults.add(append -> append.get().compose(taken -> lost()));
        assertThat(failureOf(store.compact(NAME, whole))).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(await(store.compact(NAME, whole))).isFalse();
        assertThat(writer.append(store, newest, 1).revision()).isEqualTo(3);
    }

    @Test
    void an_append_that_the_log_refuses_for_now_is_unavailable_and_changes_nothing() {
        List<Revision> next = writer.next(newest, 1);
        log.faults.add(append -> Future.failedFuture(new StrandlineException.Unavailable("no room")));
        assertThat(failureOf(store.append(NAME, newest, next)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("no room");
        assertThat(readAll(store, NAME).newest()).isEqualTo(newest);
        assertThat(await(store.append(NAME, newest, next))).isEqualTo(appended(next, 3));
    }

    @Test
    void a_writer_that_the_log_forgot_is_replaced() {
        log.faults.add(append -> Future.failedFuture(new StrandlineException.Fenced("forgotten")));
        assertThat(writer.append(store, newest, 1).revision()).isEqualTo(3);
    }

    @Test
    void an_append_that_never_finds_the_end_gives_up() {
        Function<Supplier<Future<Appended>>, Future<Appended>> moved =
                append -> Future.failedFuture(new StrandlineException.Conflict("expected offset 2, it is at 3"));
        for (int i = 0; i < 100; i++) {
            log.faults.add(moved);
        }
        assertThat(failureOf(store.append(NAME, newest, writer.next(newest, 1))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("expected offset 2");
        assertThat(log.faults).hasSize(100 - 16);
    }

    @Test
    void reads_that_begin_together_share_a_look_at_the_end() {
        Promise<StreamCut> held = Promise.promise();
        log.ends.add(held.future());
        log.looks.set(0);
        List<Future<CatchUp>> reads = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            reads.add(store.readSince(NAME, newest));
        }
        // The home of a name takes calls in their order: when this one is answered all reads wait for a look.
        await(store.readNews(NAME, newest));
        held.complete(await(log.catalog().endCut(STREAM.toString())));
        reads.forEach(read -> assertThat(await(read).revisions()).isEmpty());
        // The one that was held, the test's own, and one for all who came meanwhile.
        assertThat(log.looks.get()).isEqualTo(3);
    }

    @Test
    void a_read_does_not_rest_on_a_look_that_began_before_it() {
        Promise<StreamCut> held = Promise.promise();
        StreamCut before = await(log.catalog().endCut(STREAM.toString()));
        log.ends.add(held.future());
        Future<CatchUp> early = store.readSince(NAME, newest);
        Position next = new Revisions(NAME).append(other, newest, 1);
        Future<CatchUp> late = store.readSince(NAME, newest);
        held.complete(before);
        await(early);
        assertThat(await(late).newest()).isEqualTo(next);
    }

    @Test
    void news_are_read_without_a_look_at_the_end() {
        LogRevisionStore watcher = LogRevisionStore.open(vertx, log, LIMITS);
        // What it finds when it begins is news too, and comes before the watch.
        assertThat(readAll(watcher, NAME).newest()).isEqualTo(newest);
        Promise<Void> told = Promise.promise();
        await(watcher.watch(NAME, told::tryComplete));
        Position next = new Revisions(NAME).append(other, newest, 1);
        await(told.future());
        log.looks.set(0);
        assertThat(await(watcher.readNews(NAME, newest)).newest()).isEqualTo(next);
        assertThat(log.looks.get()).isZero();
    }

    @Test
    void a_look_that_fails_costs_one_read_and_not_the_watch() {
        Promise<Void> told = Promise.promise();
        await(store.watch(NAME, told::tryComplete));
        log.ends.add(Future.failedFuture(new StrandlineException.Unavailable("shard 1 recovers")));
        assertThat(failureOf(store.readSince(NAME, newest)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("shard 1");
        Position next = new Revisions(NAME).append(other, newest, 1);
        await(told.future());
        assertThat(readAll(store, NAME).newest()).isEqualTo(next);
    }

    @Test
    void calls_that_wait_go_on_behind_one_that_failed() {
        Promise<Appended> held = Promise.promise();
        log.faults.add(append -> held.future());
        List<Revision> first = writer.next(newest, 1);
        Future<AppendAnswer> active = store.append(NAME, newest, first);
        Future<AppendAnswer> behind = store.append(NAME, newest, new Revisions(NAME).next(newest, 1));
        held.fail(new StrandlineException.Unknown("no answer"));
        assertThat(failureOf(active)).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(await(behind)).isInstanceOf(AppendAnswer.Appended.class);
    }

    /** A watcher reads when it is notified of the failure, fails, and so on. */
    @Test
    void a_stream_with_a_foreign_event_is_not_opened_again_and_again() {
        Promise<Throwable> noticed = Promise.promise();
        await(store.watch(NAME, () -> store.readNews(NAME, newest).onFailure(noticed::tryComplete)));
        vertx.runOnContext(here -> log.createWriter(STREAM.toString(), EventCodec.raw(), new WriterOptions())
                .compose(open -> open.append("", Buffer.buffer("hello"))));
        assertThat(await(noticed.future()))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("stream " + STREAM);
        log.subscriptions.set(0);
        for (int i = 0; i < 2_000; i++) {
            assertThat(failureOf(store.readNews(NAME, newest)).getMessage()).contains(STREAM.toString());
        }
        assertThat(log.subscriptions.get()).isLessThan(10);

        await(log.catalog().deleteStream(STREAM.toString()));
        assertThat(await(untilRead()).newest()).isEqualTo(Position.NONE);
        assertThat(new Revisions(NAME).append(store, Position.NONE, 1).revision())
                .isEqualTo(1);
    }

    private Future<CatchUp> untilRead() {
        return store.readSince(NAME, newest)
                .recover(unreadable -> vertx.timer(20).compose(later -> untilRead()));
    }

    private static Future<Appended> lost() {
        return Future.failedFuture(new StrandlineException.Unknown("answer lost"));
    }

    private static AppendAnswer appended(List<Revision> revisions, long sinceWhole) {
        return new AppendAnswer.Appended(last(revisions), sinceWhole);
    }

    private static Position last(List<Revision> revisions) {
        return revisions.get(revisions.size() - 1).position();
    }
}
