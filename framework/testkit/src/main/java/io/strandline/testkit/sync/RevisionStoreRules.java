package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;
import static io.strandline.testkit.sync.Awaited.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The rules S1 to S13: those of {@link RevisionStore}, and what a store says of a loss. */
public abstract class RevisionStoreRules {

    private static final HistoryLimits SMALL = new HistoryLimits(1 << 10, 4, 1 << 20, 2);

    private final StreamName name = anyName();
    private final UUID writer = UUID.randomUUID();
    private final RevisionStoreFixture fixture;

    /** Takes the fixture under test. Each test has its own instance. */
    protected RevisionStoreRules(RevisionStoreFixture fixture) {
        this.fixture = fixture;
    }

    @AfterEach
    void closeFixture() {
        fixture.close();
    }

    private RevisionStore store() {
        return fixture.create(SMALL);
    }

    @Test
    void s1_an_append_behind_the_newest_position_is_taken() {
        RevisionStore store = store();
        Position first = append(store, Position.NONE, 1);
        Position second = append(store, first, 2);

        assertThat(second.revision()).isEqualTo(2);
        assertThat(await(store.readSince(name, Position.NONE)).newest()).isEqualTo(second);
    }

    @Test
    void s1_of_many_appends_at_one_position_one_is_taken() {
        RevisionStore store = store();
        List<Future<AppendAnswer>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add(store.append(name, Position.NONE, List.of(revision(Position.NONE, UUID.randomUUID(), 1))));
        }
        assertThat(answers)
                .filteredOn(answer -> await(answer) instanceof AppendAnswer.Appended)
                .hasSize(1);
        assertThat(await(store.readSince(name, Position.NONE)).revisions()).hasSize(1);
    }

    @Test
    void s2_a_refusal_carries_what_was_missed_and_changes_nothing() {
        RevisionStore store = store();
        Position first = append(store, Position.NONE, 1);
        Position second = append(store, first, 2);
        Position third = append(store, second, 3);

        CatchUp missed = refused(store.append(name, first, List.of(revision(first, UUID.randomUUID(), 1))));
        assertThat(missed.base()).isEqualTo(first);
        assertThat(missed.revisions()).extracting(Revision::position).containsExactly(second, third);
        assertThat(await(store.readSince(name, first)).newest()).isEqualTo(third);
    }

    @Test
    void s3_the_repeat_of_an_append_is_answered_as_the_first_was() {
        RevisionStore store = store();
        Revision once = revision(Position.NONE, writer, 1);
        AppendAnswer first = await(store.append(name, Position.NONE, List.of(once)));
        assertThat(await(store.append(name, Position.NONE, List.of(once)))).isEqualTo(first);

        Position others = append(store, once.position(), UUID.randomUUID(), 1);
        AppendAnswer late = await(store.append(name, Position.NONE, List.of(once)));
        assertThat(late).isInstanceOf(AppendAnswer.Appended.class);
        assertThat(((AppendAnswer.Appended) late).position()).isEqualTo(once.position());
        assertThat(await(store.readSince(name, Position.NONE)).newest()).isEqualTo(others);
    }

    @Test
    void s4_a_repeat_by_a_forgotten_writer_is_undecided_and_not_taken() {
        RevisionStore store = store();
        Revision once = revision(Position.NONE, writer, 1);
        assertThat(await(store.append(name, Position.NONE, List.of(once)))).isInstanceOf(AppendAnswer.Appended.class);
        Position newest = once.position();
        for (int i = 0; i < SMALL.maxWritersKept(); i++) {
            newest = append(store, newest, UUID.randomUUID(), 1);
        }
        assertThat(await(store.append(name, Position.NONE, List.of(once))))
                .isEqualTo(new AppendAnswer.Undecided(newest));
        assertThat(await(store.readSince(name, Position.NONE)).newest()).isEqualTo(newest);
    }

    @Test
    void s5_a_reader_gets_exactly_what_follows() {
        RevisionStore store = store();
        assertThat(await(store.readSince(name, Position.NONE))).isEqualTo(new CatchUp(Position.NONE, List.of()));
        Position first = append(store, Position.NONE, 1);
        Position second = append(store, first, 2);

        CatchUp missed = await(store.readSince(name, first));
        assertThat(missed.base()).isEqualTo(first);
        assertThat(missed.revisions()).extracting(RevisionStoreRules::text).containsExactly("2");
        assertThat(await(store.readSince(name, second))).isEqualTo(new CatchUp(second, List.of()));
    }

    @Test
    void s6_a_position_of_another_history_starts_over() {
        RevisionStore store = store();
        Position first = append(store, Position.NONE, 1);
        Position foreign = Position.NONE.next(new AppendId(UUID.randomUUID(), 1));

        CatchUp missed = await(store.readSince(name, foreign));
        assertThat(missed.base()).isEqualTo(Position.NONE);
        assertThat(missed.revisions()).extracting(Revision::position).containsExactly(first);
    }

    @Test
    void s6_who_is_further_behind_than_the_store_keeps_gets_the_whole_state() {
        RevisionStore store = store();
        Position newest = append(store, Position.NONE, 1);
        newest = append(store, newest, 2);
        assertThat(await(store.compact(name, whole(newest, "whole 2")))).isTrue();
        for (int count = 3; count <= 6; count++) {
            newest = append(store, newest, count);
        }
        CatchUp missed = await(store.readSince(name, Position.NONE));
        assertThat(missed.base()).isEqualTo(Position.NONE);
        assertThat(missed.revisions())
                .extracting(RevisionStoreRules::text)
                .containsExactly("whole 2", "3", "4", "5", "6");
        assertThat(missed.newest()).isEqualTo(newest);
    }

    @Test
    void s7_a_value_above_the_limit_is_invalid() {
        RevisionStore store = store();
        Position position = Position.NONE.next(new AppendId(writer, 1));
        Revision large = new Revision(position, Revision.Form.CHANGE, new byte[1025]);
        StrandlineException failure = failureOf(store.append(name, Position.NONE, List.of(large)));
        assertThat(failure).isInstanceOf(StrandlineException.Invalid.class).hasMessageContainingAll("1025", "1024");
        assertThat(await(store.readSince(name, Position.NONE)).revisions()).isEmpty();

        assertThat(failureOf(store.compact(name, new Revision(position, Revision.Form.WHOLE, new byte[1025]))))
                .isInstanceOf(StrandlineException.Invalid.class);
        Revision gap = revision(new Position(1, AppendId.NONE), writer, 1);
        assertThat(failureOf(store.append(name, Position.NONE, List.of(gap))))
                .isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void s8_a_full_store_takes_nothing_until_it_is_compacted() {
        RevisionStore store = store();
        Position newest = Position.NONE;
        for (int count = 1; count <= 4; count++) {
            newest = append(store, newest, count);
        }
        Revision fifth = revision(newest, writer, 5);
        assertThat(await(store.append(name, newest, List.of(fifth)))).isInstanceOf(AppendAnswer.Full.class);
        assertThat(await(store.compact(name, whole(newest, "whole 4")))).isTrue();
        assertThat(await(store.append(name, newest, List.of(fifth)))).isInstanceOf(AppendAnswer.Appended.class);
    }

    @Test
    void s8_a_whole_state_makes_room_by_itself() {
        RevisionStore store = store();
        Position newest = Position.NONE;
        for (int count = 1; count <= 4; count++) {
            newest = append(store, newest, count);
        }
        Revision replacement = whole(newest.next(new AppendId(writer, 5)), "whole 5");
        assertThat(await(store.append(name, newest, List.of(replacement))))
                .isEqualTo(new AppendAnswer.Appended(replacement.position(), 0));
        assertThat(await(store.readSince(name, newest)).revisions())
                .extracting(RevisionStoreRules::text)
                .containsExactly("whole 5");
    }

    @Test
    void s9_a_whole_state_in_other_bytes_takes_the_place_of_the_one_at_its_position() {
        RevisionStore store = store();
        Position first = append(store, Position.NONE, 1);
        Position newest = first.next(new AppendId(writer, 2));
        assertThat(await(store.append(name, first, List.of(whole(newest, "whole")))))
                .isInstanceOf(AppendAnswer.Appended.class);
        assertThat(await(store.compact(name, whole(newest, "whole")))).isFalse();
        assertThat(await(store.compact(name, whole(newest, "other bytes")))).isTrue();
        assertThat(await(store.compact(name, whole(newest, "other bytes")))).isFalse();

        Position foreign = Position.NONE.next(new AppendId(UUID.randomUUID(), 1));
        CatchUp missed = await(store.readSince(name, foreign));
        assertThat(missed.newest()).isEqualTo(newest);
        assertThat(missed.revisions()).extracting(RevisionStoreRules::text).containsExactly("other bytes");
        assertThat(await(store.readSince(name, newest)).revisions()).isEmpty();
    }

    @Test
    void s9_compacting_changes_no_position() {
        RevisionStore store = store();
        Position first = append(store, Position.NONE, 1);
        Position second = append(store, first, 2);
        assertThat(await(store.compact(name, whole(second, "whole 2")))).isTrue();
        assertThat(await(store.compact(name, whole(first, "whole 1")))).isFalse();
        Position foreign = first.next(new AppendId(UUID.randomUUID(), 1));
        assertThat(await(store.compact(name, whole(foreign, "other")))).isFalse();

        assertThat(await(store.readSince(name, second)).revisions()).isEmpty();
        assertThat(await(store.readSince(name, first)).revisions())
                .extracting(RevisionStoreRules::text)
                .containsExactly("2");
    }

    @Test
    void s10_names_do_not_touch_each_other() {
        RevisionStore store = store();
        append(store, Position.NONE, 1);
        assertThat(await(store.readSince(anyName(), Position.NONE)).newest()).isEqualTo(Position.NONE);
    }

    @Test
    void s1_a_list_is_taken_whole_or_not_at_all() {
        RevisionStore store = store();
        List<Revision> three = revisions(Position.NONE, writer, 1, 3);
        Position third = three.get(2).position();
        assertThat(await(store.append(name, Position.NONE, three))).isEqualTo(new AppendAnswer.Appended(third, 3));
        assertThat(await(store.readSince(name, Position.NONE)).revisions())
                .extracting(RevisionStoreRules::text)
                .containsExactly("1", "2", "3");

        List<Revision> late = revisions(three.get(0).position(), UUID.randomUUID(), 1, 2);
        CatchUp missed = refused(store.append(name, three.get(0).position(), late));
        assertThat(missed.revisions()).extracting(RevisionStoreRules::text).containsExactly("2", "3");
        assertThat(await(store.append(name, third, revisions(third, writer, 4, 2))))
                .isInstanceOf(AppendAnswer.Full.class);
        assertThat(await(store.readSince(name, Position.NONE)).newest()).isEqualTo(third);
    }

    @Test
    void s3_the_repeat_of_a_list_is_answered_as_the_first_was() {
        RevisionStore store = store();
        List<Revision> two = revisions(Position.NONE, writer, 1, 2);
        AppendAnswer first = await(store.append(name, Position.NONE, two));
        assertThat(await(store.append(name, Position.NONE, two))).isEqualTo(first);
        Position others = append(store, two.get(1).position(), UUID.randomUUID(), 1);
        assertThat(await(store.append(name, Position.NONE, two))).isInstanceOf(AppendAnswer.Appended.class);
        assertThat(await(store.readSince(name, Position.NONE)).newest()).isEqualTo(others);
    }

    @Test
    void s7_a_list_that_is_none_or_has_two_writers_is_invalid() {
        RevisionStore store = store();
        assertThat(failureOf(store.append(name, Position.NONE, List.of())))
                .isInstanceOf(StrandlineException.Invalid.class);
        Revision first = revision(Position.NONE, writer, 1);
        Revision foreign = revision(first.position(), UUID.randomUUID(), 2);
        assertThat(failureOf(store.append(name, Position.NONE, List.of(first, foreign))))
                .isInstanceOf(StrandlineException.Invalid.class);
        Revision skipped = revision(first.position(), writer, 3);
        assertThat(failureOf(store.append(name, Position.NONE, List.of(first, skipped))))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(await(store.readSince(name, Position.NONE)).revisions()).isEmpty();
    }

    @Test
    void s11_who_watches_is_told_and_can_read_the_change() {
        RevisionStore store = store();
        Promise<CatchUp> told = Promise.promise();
        Watch watch = await(
                store.watch(name, () -> store.readNews(name, Position.NONE).onSuccess(news -> {
                    if (!news.revisions().isEmpty()) {
                        told.tryComplete(news);
                    }
                })));
        Position newest = append(store, Position.NONE, 1);
        if (fixture.traits().contains(StoreTrait.NEWS_MAY_BE_LOST)) {
            newest = appendUntil(store, newest, told.future());
        }
        CatchUp news = await(told.future(), fixture.patienceSeconds());
        assertThat(news.base()).isEqualTo(Position.NONE);
        assertThat(news.newest().revision()).isBetween(1L, newest.revision());
        await(watch.close());
        await(watch.close());
    }

    @Test
    void s11_news_never_go_back() {
        RevisionStore store = store();
        Position first = append(store, Position.NONE, 1);
        Position second = append(store, first, 2);
        CatchUp news = await(store.readNews(name, second));
        assertThat(news).isEqualTo(new CatchUp(second, List.of()));
    }

    @Test
    void s11_nobody_is_told_behind_the_end_of_a_watch() {
        RevisionStore store = store();
        AtomicInteger told = new AtomicInteger();
        Watch watch = await(store.watch(name, told::incrementAndGet));
        await(watch.close());
        int before = told.get();
        Position newest = append(store, Position.NONE, 1);
        Promise<Void> another = Promise.promise();
        Watch live = await(store.watch(name, another::tryComplete));
        appendUntil(store, newest, another.future());
        assertThat(told).hasValue(before);
        await(live.close());
    }

    @Test
    void s12_who_opens_the_place_again_finds_what_the_store_says() {
        Position newest = append(store(), Position.NONE, 1);
        newest = append(fixture.create(SMALL), newest, 2);
        requireKept(fixture.reopen(SMALL), newest);
    }

    @Test
    void s12_who_comes_after_a_loss_finds_what_the_store_says() {
        RevisionStore store = store();
        Position newest = append(store, Position.NONE, 1);
        newest = append(store, newest, 2);
        requireKept(fixture.crash(SMALL), newest);
    }

    @Test
    void s13_who_looks_finds_what_follows_and_nothing_else() {
        RevisionStore store = store();
        assertThat(await(store.look(name, Position.NONE))).isEqualTo(new CatchUp(Position.NONE, List.of()));
        Position first = append(store, Position.NONE, 1);
        Position second = append(store, first, 2);
        long patience = RevisionStore.LOOK_MILLIS + TimeUnit.SECONDS.toMillis(fixture.patienceSeconds());
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patience);
        CatchUp found = await(store.look(name, first));
        while (found.revisions().isEmpty()) {
            assertThat(System.nanoTime()).as("nothing was found").isLessThan(deadline);
            found = await(store.look(name, first));
        }
        assertThat(found.base()).isEqualTo(first);
        assertThat(found.revisions()).extracting(Revision::position).containsExactly(second);
        assertThat(await(store.look(name, second))).isEqualTo(new CatchUp(second, List.of()));
    }

    /** All of it if the store is durable, otherwise the beginning of it, and never something else. */
    private void requireKept(RevisionStore store, Position newest) {
        List<String> kept = await(store.readSince(name, Position.NONE)).revisions().stream()
                .map(RevisionStoreRules::text)
                .toList();
        assertThat(kept).isEqualTo(List.of("1", "2").subList(0, Math.min(2, kept.size())));
        if (fixture.traits().contains(StoreTrait.DURABLE)) {
            assertThat(kept).hasSize(2);
            append(store, newest, 3);
        }
    }

    /** Goes on appending whole states, one at a time, until something has happened. */
    private Position appendUntil(RevisionStore store, Position newest, Future<?> happened) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(fixture.patienceSeconds());
        Position last = newest;
        while (!happened.isComplete()) {
            assertThat(System.nanoTime()).as("told of no change").isLessThan(deadline);
            Revision next = whole(last.next(new AppendId(writer, last.revision() + 1)), "whole");
            await(store.append(name, last, List.of(next)));
            last = next.position();
        }
        return last;
    }

    private static StreamName anyName() {
        return new StreamName("rules", UUID.randomUUID().toString());
    }

    private Position append(RevisionStore store, Position expected, long count) {
        return append(store, expected, writer, count);
    }

    private Position append(RevisionStore store, Position expected, UUID by, long count) {
        Revision next = revision(expected, by, count);
        AppendAnswer answer = await(store.append(name, expected, List.of(next)));
        assertThat(answer).isInstanceOf(AppendAnswer.Appended.class);
        return next.position();
    }

    private static CatchUp refused(Future<AppendAnswer> answer) {
        AppendAnswer refused = await(answer);
        assertThat(refused).isInstanceOf(AppendAnswer.Refused.class);
        return ((AppendAnswer.Refused) refused).missed();
    }

    private static Revision revision(Position expected, UUID by, long count) {
        byte[] bytes = Long.toString(count).getBytes(StandardCharsets.UTF_8);
        return new Revision(expected.next(new AppendId(by, count)), Revision.Form.CHANGE, bytes);
    }

    private static List<Revision> revisions(Position expected, UUID by, long firstCount, int number) {
        List<Revision> all = new ArrayList<>();
        Position before = expected;
        for (long count = firstCount; count < firstCount + number; count++) {
            Revision next = revision(before, by, count);
            all.add(next);
            before = next.position();
        }
        return all;
    }

    private static Revision whole(Position position, String text) {
        return new Revision(position, Revision.Form.WHOLE, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Revision revision) {
        return new String(revision.bytes(), StandardCharsets.UTF_8);
    }
}
