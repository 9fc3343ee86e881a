package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;
import static io.strandline.testkit.sync.Awaited.failureOf;
import static io.strandline.testkit.sync.Revisions.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.CrashImage;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.sync.log.LogStoreOptions;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The log store on the real engine: what survives, what two stores on one log do, and what a stream keeps. */
@ExtendWith(VertxExtension.class)
class LogStoreTest {

    private static final StreamName NAME = new StreamName("synced", "state");
    private static final StreamName STREAM = LogRevisionStore.streamOf(NAME);
    private static final HistoryLimits SMALL = new HistoryLimits(1 << 10, 16, 1 << 20, 4);

    private final Revisions writer = new Revisions(NAME);
    private final List<Strandline> logs = new ArrayList<>();
    private Path directory;
    private Vertx vertx;
    private Strandline log;

    @BeforeEach
    void open(Vertx own, @TempDir Path empty) {
        directory = empty;
        vertx = own;
        log = open(directory.resolve("log"));
    }

    @AfterEach
    void close() {
        logs.forEach(each -> await(each.close()));
    }

    // ---- what survives

    @Test
    void a_log_that_was_closed_and_opened_has_every_revision() {
        LogRevisionStore store = store(SMALL);
        Position newest = writer.append(store, Position.NONE, 3);
        newest = writer.append(store, newest, 2);
        CatchUp before = readAll(store, NAME);
        await(store.close());
        await(log.close());
        log = open(directory.resolve("log"));

        assertThat(readAll(store(SMALL), NAME)).usingRecursiveComparison().isEqualTo(before);
        assertThat(before.newest()).isEqualTo(newest);
        assertThat(writer.append(store(SMALL), newest, 1).revision()).isEqualTo(6);
    }

    @Test
    void a_crash_loses_nothing_that_was_answered() {
        LogRevisionStore store = store(SMALL);
        Position newest = Position.NONE;
        for (int crash = 0; crash < 5; crash++) {
            newest = writer.append(store, newest, 1 + crash);
            assertThat(await(store.compact(NAME, Revisions.whole(newest)))).isTrue();
            newest = writer.append(store, newest, 2);
            Path left = directory.resolve("crash-" + crash);
            CrashImage.copy(directory.resolve("log"), left);
            CatchUp found = readAll(LogRevisionStore.open(vertx, open(left), SMALL), NAME);
            assertThat(found.newest()).isEqualTo(newest);
            long first = found.revisions().get(0).number();
            assertThat(found.revisions()).hasSize((int) (newest.revision() - first + 1));
        }
    }

    @Test
    void a_repeat_is_recognised_after_a_restart_on_a_cut_stream() {
        LogRevisionStore store = store(SMALL);
        List<Revision> first = writer.next(Position.NONE, 2);
        await(store.append(NAME, Position.NONE, first));
        Position newest = first.get(1).position();
        Revisions others = new Revisions(NAME);
        for (int i = 0; i < 3; i++) {
            newest = others.append(store, newest, 3);
            assertThat(await(store.compact(NAME, Revisions.whole(newest)))).isTrue();
        }
        awaitCut(5);
        await(store.close());
        LogRevisionStore reopened = store(SMALL);
        assertThat(await(reopened.append(NAME, Position.NONE, first)))
                .isEqualTo(new AppendAnswer.Appended(first.get(1).position(), 0));
        assertThat(readAll(reopened, NAME).newest()).isEqualTo(newest);
    }

    // ---- several stores

    @Test
    void of_appends_through_two_stores_one_is_taken_at_each_position() {
        List<LogRevisionStore> stores = List.of(store(SMALL), store(SMALL));
        Position newest = Position.NONE;
        for (int round = 0; round < 50; round++) {
            List<Future<AppendAnswer>> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                answers.add(stores.get(i % 2).append(NAME, newest, new Revisions(NAME).next(newest, 1 + i % 3)));
            }
            List<AppendAnswer> taken = new ArrayList<>();
            for (Future<AppendAnswer> answer : answers) {
                if (await(answer) instanceof AppendAnswer.Appended appended) {
                    taken.add(appended);
                } else {
                    assertThat(await(answer)).isInstanceOf(AppendAnswer.Refused.class);
                }
            }
            assertThat(taken).hasSize(1);
            newest = ((AppendAnswer.Appended) taken.get(0)).position();
            for (Future<AppendAnswer> answer : answers) {
                if (await(answer) instanceof AppendAnswer.Refused refused) {
                    assertThat(refused.missed().newest()).isEqualTo(newest);
                }
            }
            if (round % 5 == 4) {
                assertThat(await(stores.get(round % 2).compact(NAME, Revisions.whole(newest))))
                        .isTrue();
            }
        }
        assertThat(readAll(stores.get(0), NAME)).usingRecursiveComparison().isEqualTo(readAll(stores.get(1), NAME));
    }

    @Test
    void a_store_that_is_behind_takes_a_writer_that_is_ahead() {
        LogRevisionStore one = store(SMALL);
        LogRevisionStore other = store(SMALL);
        Position first = writer.append(one, Position.NONE, 1);
        assertThat(readAll(other, NAME).newest()).isEqualTo(first);
        Position second = writer.append(one, first, 1);
        Position third = writer.append(other, second, 1);
        assertThat(await(one.compact(NAME, Revisions.whole(third)))).isTrue();
        assertThat(await(other.readNews(NAME, third)).revisions()).isEmpty();
    }

    @Test
    void who_watches_is_told_what_another_store_appends() {
        LogRevisionStore one = store(SMALL);
        LogRevisionStore other = store(SMALL);
        Position first = writer.append(one, Position.NONE, 1);
        // What it finds when it begins is news too, and comes before the watch.
        assertThat(readAll(other, NAME).newest()).isEqualTo(first);
        Promise<Void> told = Promise.promise();
        Watch watch = await(other.watch(NAME, told::tryComplete));
        Position second = writer.append(one, first, 2);
        await(told.future());
        assertThat(await(other.readNews(NAME, first)).newest()).isEqualTo(second);
        await(watch.close());
    }

    // ---- what a stream keeps

    @Test
    void a_stream_of_changes_is_cut_behind_snapshots() {
        LogRevisionStore store = store(SMALL);
        Position newest = Position.NONE;
        for (int i = 0; i < 640; i++) {
            newest = writer.append(store, newest, 16);
            assertThat(await(store.compact(NAME, Revisions.whole(newest)))).isTrue();
        }
        assertThat(newest.revision()).isEqualTo(10_240);
        assertThat(endOffset()).isEqualTo(10_240 + 640);
        // The last but one snapshot, 16 revisions, and the last snapshot.
        awaitCut(18);
        await(store.close());
        assertThat(readAll(store(SMALL), NAME).newest()).isEqualTo(newest);
    }

    @Test
    void a_stream_of_whole_states_is_cut_too() {
        LogRevisionStore store = store(SMALL);
        Position newest = Position.NONE;
        for (int i = 0; i < 500; i++) {
            Revision next = writer.nextWhole(newest);
            assertThat(await(store.append(NAME, newest, List.of(next)))).isInstanceOf(AppendAnswer.Appended.class);
            newest = next.position();
        }
        awaitCut(3 * 17);
        await(store.close());
        LogRevisionStore reopened = store(SMALL);
        assertThat(readAll(reopened, NAME).newest()).isEqualTo(newest);
        assertThat(writer.append(reopened, newest, 1).revision()).isEqualTo(501);
    }

    @Test
    void a_million_updates_take_no_more_room_than_a_few_thousand() {
        HistoryLimits large = new HistoryLimits(512 << 10, 4_096, 4 << 20, 4);
        LogRevisionStore store = store(large);
        Position newest = Position.NONE;
        for (int i = 0; i < 250; i++) {
            newest = writer.append(store, newest, 4_000);
            assertThat(await(store.compact(NAME, Revisions.whole(newest)))).isTrue();
        }
        assertThat(newest.revision()).isEqualTo(1_000_000);
        awaitCut(4_002);
        await(store.close());
        CatchUp found = readAll(store(large), NAME);
        assertThat(found.newest()).isEqualTo(newest);
        assertThat(found.revisions()).hasSize(1);
    }

    // ---- streams that are not the store's

    @Test
    void a_name_that_nobody_wrote_has_no_stream() {
        LogRevisionStore store = store(SMALL);
        assertThat(readAll(store, NAME)).isEqualTo(new CatchUp(Position.NONE, List.of()));
        await(store.watch(NAME, () -> {}));
        assertThat(await(log.catalog().scopes())).isEmpty();
    }

    @Test
    void a_foreign_event_fails_its_own_name_and_says_where() {
        LogRevisionStore store = store(SMALL);
        Position newest = writer.append(store, Position.NONE, 2);
        Promise<Long> written = Promise.promise();
        vertx.runOnContext(here -> log.createWriter(STREAM.toString(), EventCodec.raw(), new WriterOptions())
                .compose(open -> open.append("", Buffer.buffer("hello")))
                .map(place -> place.offset())
                .onComplete(written));
        assertThat(await(written.future())).isEqualTo(2);

        StrandlineException failure = failureOf(store(SMALL).readSince(NAME, newest));
        assertThat(failure)
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContainingAll("stream " + STREAM, "offset 2", "format is 104");
        assertThat(failureOf(store.append(NAME, newest, writer.next(newest, 1))))
                .isInstanceOf(StrandlineException.Conflict.class);

        StreamName sound = new StreamName("synced", "sound");
        assertThat(new Revisions(sound).append(store, Position.NONE, 1).revision())
                .isEqualTo(1);
    }

    /** A name that is written is no stream that an application could have, or see. */
    @Test
    void an_empty_stream_of_the_name_is_the_applications() {
        await(log.catalog().createScope(NAME.scope()));
        await(log.catalog().createStream(NAME.toString(), new StreamOptions()));
        LogRevisionStore store = store(SMALL);
        writer.append(store, Position.NONE, 3);
        StreamCut end = await(log.catalog().endCut(NAME.toString()));
        assertThat(end.offsets().values()).containsOnly(0L);
        assertThat(await(log.catalog().streams(NAME.scope()))).containsExactly(NAME);
    }

    @Test
    void names_whose_parts_differ_have_streams_that_differ() {
        assertThat(LogRevisionStore.streamOf(new StreamName("a", "b-c")))
                .isNotEqualTo(LogRevisionStore.streamOf(new StreamName("a-b", "c")));
        StreamName reserved = new StreamName(StreamName.RESERVED_SCOPE, "sync-owner");
        assertThat(LogRevisionStore.streamOf(reserved)).isEqualTo(reserved);
        StreamName longest = new StreamName("s".repeat(100), "n".repeat(90));
        assertThat(LogRevisionStore.streamOf(longest).stream()).hasSize(200);
        StreamName tooLong = new StreamName("s".repeat(100), "n".repeat(91));
        assertThat(failureOf(store(SMALL).readSince(tooLong, Position.NONE)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll(tooLong.toString(), "201", "200");
    }

    @Test
    void a_stream_of_several_partitions_is_refused() {
        await(log.catalog().createReserved(STREAM.toString(), new StreamOptions().setPartitions(3)));
        assertThat(failureOf(store(SMALL).readSince(NAME, Position.NONE)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("3 partitions");
    }

    @Test
    void a_stream_that_was_cut_by_hand_is_corrupt() {
        writer.append(store(SMALL), Position.NONE, 3);
        StreamCut start = await(log.catalog().startCut(STREAM.toString()));
        long partition = start.offsets().firstKey();
        await(log.catalog().truncate(STREAM.toString(), StreamCut.of(STREAM, partition, 1)));
        assertThat(failureOf(store(SMALL).readSince(NAME, Position.NONE)))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("revision 2 at offset 1");
    }

    @Test
    void a_stream_that_was_deleted_begins_anew() {
        LogRevisionStore store = store(SMALL);
        Position lost = writer.append(store, Position.NONE, 3);
        await(log.catalog().deleteStream(STREAM.toString()));

        assertThat(await(store.readSince(NAME, lost))).isEqualTo(new CatchUp(Position.NONE, List.of()));
        AppendAnswer refused = await(store.append(NAME, lost, writer.next(lost, 1)));
        assertThat(refused).isEqualTo(new AppendAnswer.Refused(new CatchUp(Position.NONE, List.of()), 0));
        assertThat(writer.append(store, Position.NONE, 1).revision()).isEqualTo(1);
    }

    @Test
    void a_stream_that_was_deleted_and_made_by_another_store_is_found() {
        LogRevisionStore store = store(SMALL);
        Position lost = writer.append(store, Position.NONE, 3);
        await(log.catalog().deleteStream(STREAM.toString()));
        Position first = new Revisions(NAME).append(store(SMALL), Position.NONE, 1);

        assertThat(await(store.readSince(NAME, lost)).newest()).isEqualTo(first);
        assertThat(writer.append(store, first, 1).revision()).isEqualTo(2);
    }

    // ---- limits

    @Test
    void names_beyond_the_limit_take_turns() {
        LogStoreOptions two = new LogStoreOptions().setLimits(SMALL).setMaxOpenNames(2);
        LogRevisionStore store = LogRevisionStore.open(vertx, log, two);
        List<StreamName> names = new ArrayList<>();
        List<Position> newest = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            names.add(new StreamName("synced", "name-" + i));
            newest.add(Position.NONE);
        }
        for (int round = 1; round <= 3; round++) {
            for (int i = 0; i < names.size(); i++) {
                newest.set(i, new Revisions(names.get(i)).append(store, newest.get(i), 1));
            }
        }
        for (int i = 0; i < names.size(); i++) {
            assertThat(readAll(store, names.get(i)).newest()).isEqualTo(newest.get(i));
        }
    }

    @Test
    void names_that_are_watched_are_not_closed_for_others() {
        LogStoreOptions two = new LogStoreOptions().setLimits(SMALL).setMaxOpenNames(2);
        LogRevisionStore store = LogRevisionStore.open(vertx, log, two);
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            watches.add(await(store.watch(new StreamName("synced", "watched-" + i), () -> {})));
        }
        assertThat(failureOf(store.readSince(NAME, Position.NONE)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("the limit is 2");
        await(watches.get(0).close());
        assertThat(readAll(store, NAME).revisions()).isEmpty();
    }

    @Test
    void calls_of_one_name_are_bounded() {
        FaultyLog slow = new FaultyLog(log);
        LogStoreOptions few = new LogStoreOptions().setLimits(SMALL).setMaxCallsPerName(3);
        LogRevisionStore store = LogRevisionStore.open(vertx, slow, few);
        Position first = writer.append(store, Position.NONE, 1);
        Promise<StreamCut> held = Promise.promise();
        slow.ends.add(held.future());
        List<Future<CatchUp>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(store.readSince(NAME, first));
        }
        assertThat(failureOf(store.readSince(NAME, first)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("3 calls");
        held.complete(await(log.catalog().endCut(STREAM.toString())));
        waiting.forEach(Awaited::await);
        assertThat(await(store.readSince(NAME, first)).revisions()).isEmpty();
    }

    @Test
    void a_value_that_the_log_does_not_take_is_invalid_and_harms_nobody() {
        LogRevisionStore store = store(new HistoryLimits(2 << 20, 16, 4 << 20, 4));
        Position first = writer.append(store, Position.NONE, 1);
        Position second = first.next(new AppendId(UUID.randomUUID(), 1));
        Revision large = new Revision(second, Revision.Form.CHANGE, new byte[2 << 20]);
        assertThat(failureOf(store.append(NAME, first, List.of(large))))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(writer.append(store, first, 1).revision()).isEqualTo(2);
    }

    @Test
    void a_closed_store_refuses_and_leaves_the_log_open() {
        LogRevisionStore store = store(SMALL);
        Position first = writer.append(store, Position.NONE, 1);
        await(store.close());
        assertThat(failureOf(store.readSince(NAME, first))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(readAll(store(SMALL), NAME).newest()).isEqualTo(first);
    }

    @Test
    void a_closed_log_makes_calls_unavailable() {
        LogRevisionStore store = store(SMALL);
        Position first = writer.append(store, Position.NONE, 1);
        await(log.close());
        assertThat(failureOf(store.readSince(NAME, first))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failureOf(store.append(NAME, first, writer.next(first, 1))))
                .isInstanceOf(StrandlineException.Unavailable.class);
        await(store.close());
    }

    private LogRevisionStore store(HistoryLimits limits) {
        return LogRevisionStore.open(vertx, log, limits);
    }

    private Strandline open(Path at) {
        Strandline opened = await(Strandline.open(vertx, "file:" + at));
        logs.add(opened);
        return opened;
    }

    /** Waits until a stream has no more events than that. */
    private void awaitCut(long events) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (endOffset() - startOffset() > events) {
            assertThat(System.nanoTime() - deadline)
                    .as("%d events are kept, not %d", endOffset() - startOffset(), events)
                    .isNegative();
        }
    }

    private long startOffset() {
        return await(log.catalog().startCut(STREAM.toString()))
                .offsets()
                .values()
                .iterator()
                .next();
    }

    private long endOffset() {
        return await(log.catalog().endCut(STREAM.toString()))
                .offsets()
                .values()
                .iterator()
                .next();
    }
}
