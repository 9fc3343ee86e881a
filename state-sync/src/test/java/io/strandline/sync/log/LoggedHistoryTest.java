package io.strandline.sync.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a store makes of a stream, read from its start or from where it was cut. */
class LoggedHistoryTest {

    private static final StreamName NAME = new StreamName("history", "state");
    private static final HistoryLimits LIMITS = new HistoryLimits(1 << 10, 8, 1 << 20, 3);

    /** The stream, as the log would hold it, and a history that decides and takes over what it appends. */
    private final List<Buffer> stream = new ArrayList<>();

    private LoggedHistory writer = new LoggedHistory(NAME, LIMITS, 0);

    @BeforeEach
    void empty() {
        stream.clear();
        writer = new LoggedHistory(NAME, LIMITS, 0);
    }

    @Test
    void who_reads_has_the_same_history_as_who_appended() {
        append(1, 3);
        append(2, 1);
        snapshot(3);
        append(1, 2);
        assertSame(read(0), writer);
        assertThat(writer.next()).isEqualTo(7);
    }

    @Test
    void an_append_is_seen_whole_or_not_at_all() {
        append(1, 3);
        LoggedHistory reader = new LoggedHistory(NAME, LIMITS, 0);
        reader.read(0, stream.get(0));
        reader.read(1, stream.get(1));
        assertThat(reader.history()).isSameAs(RevisionHistory.EMPTY);
        reader.read(2, stream.get(2));
        assertThat(reader.history().newest().revision()).isEqualTo(3);
    }

    @Test
    void the_second_snapshot_makes_what_the_first_one_covers_removable() {
        append(1, 3);
        snapshot(3);
        assertThat(writer.removableBefore()).isNegative();
        append(1, 2);
        snapshot(5);
        assertThat(writer.removableBefore()).isEqualTo(3);
        append(1, 1);
        assertSameNewest(read(3), writer);
    }

    @Test
    void a_snapshot_of_an_earlier_position_keeps_the_revisions_behind_it() {
        append(1, 2);
        append(1, 3);
        snapshot(2);
        append(1, 2);
        snapshot(7);
        assertThat(writer.removableBefore()).isEqualTo(2);
        LoggedHistory cut = read(2);
        assertSameNewest(cut, writer);
        assertThat(cut.history().base()).isEqualTo(position(1, 2));
    }

    @Test
    void a_snapshot_that_came_late_is_passed_over_if_the_cut_was_made_for_the_next() {
        append(1, 6);
        snapshot(2);
        snapshot(5);
        append(1, 1);
        snapshot(7);
        assertThat(writer.removableBefore()).isEqualTo(5);
        assertSameNewest(read(5), writer);
    }

    @Test
    void a_cut_stream_still_tells_a_repeat_from_a_new_append() {
        append(1, 1);
        append(2, 1);
        append(3, 1);
        append(4, 1);
        snapshot(4);
        append(4, 1);
        snapshot(5);
        RevisionHistory cut = read(writer.removableBefore()).history();
        assertThat(cut.writers()).isEqualTo(writer.history().writers());
        assertThat(cut.forgotten()).isEqualTo(1);

        Revision repeated = revision(position(1, 1), new AppendId(writer(2), 2));
        assertThat(cut.append(position(1, 1), List.of(repeated), LIMITS).answer())
                .isInstanceOf(AppendAnswer.Appended.class);
        Revision forgotten = revision(Position.NONE, new AppendId(writer(1), 1));
        assertThat(cut.append(Position.NONE, List.of(forgotten), LIMITS).answer())
                .isInstanceOf(AppendAnswer.Undecided.class);
    }

    @Test
    void whole_states_make_a_snapshot_due_when_as_many_events_as_are_kept_have_none() {
        for (int i = 1; i < LIMITS.maxUpdatesKept(); i++) {
            appendWhole();
            assertThat(writer.snapshotDue()).isNull();
        }
        appendWhole();
        Revision due = writer.snapshotDue();
        assertThat(due).isNotNull();
        stream.add(RevisionEvent.ofSnapshot(due, writer.history()));
        writer.snapshotted(due, writer.history());
        assertThat(writer.snapshotDue()).isNull();
        assertSame(read(0), writer);
    }

    @Test
    void what_a_store_with_larger_limits_decided_stands() {
        HistoryLimits larger = new HistoryLimits(1 << 20, 100, 4 << 20, 3);
        LoggedHistory other = new LoggedHistory(NAME, larger, 0);
        for (int i = 0; i < 20; i++) {
            Position before = other.history().newest();
            Revision next =
                    new Revision(before.next(new AppendId(writer(1), i + 1)), Revision.Form.CHANGE, new byte[2 << 10]);
            stream.addAll(RevisionEvent.ofAppend(List.of(next)));
            other.appended(
                    1, other.history().append(before, List.of(next), larger).after());
        }
        assertThat(read(0).history().newest()).isEqualTo(other.history().newest());
    }

    @Test
    void what_is_no_event_of_a_store_is_a_conflict_that_names_the_stream() {
        append(1, 2);
        assertThatThrownBy(() -> new LoggedHistory(NAME, LIMITS, 0).read(0, Buffer.buffer("a text")))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContainingAll("stream history/state", "offset 0", "format is 97");
    }

    @Test
    void what_no_store_has_appended_is_corrupt_and_said_where() {
        append(1, 2);
        corrupt(stream.subList(0, 1), 1, "offset 1 of history/state", "it follows offset -1");
        corrupt(List.of(stream.get(0), stream.get(0)), 0, "offset 1 of history/state", "left");
        List<Buffer> torn = List.of(stream.get(0), RevisionEvent.ofSnapshot(whole(position(1, 1)), writer.history()));
        corrupt(torn, 0, "offset 1 of history/state", "within an append");
        List<Buffer> twice = List.of(stream.get(0), stream.get(1), stream.get(0), stream.get(1));
        corrupt(twice, 0, "offset 3 of history/state", "cannot stand");
    }

    @Test
    void an_append_that_was_decided_already_is_corrupt_where_a_new_one_is_due() {
        append(1, 1);
        Revision again = revision(position(1, 1), new AppendId(writer(1), 1));
        List<Buffer> events = new ArrayList<>(stream);
        events.addAll(RevisionEvent.ofAppend(List.of(again)));
        corrupt(events, 0, "offset 1 of history/state", "does not follow");
    }

    @Test
    void a_hole_before_the_first_snapshot_is_corrupt() {
        for (int i = 0; i < 5; i++) {
            append(1, 1);
        }
        Buffer snapshot = RevisionEvent.ofSnapshot(whole(position(1, 4)), writer.history());
        LoggedHistory reader = new LoggedHistory(NAME, LIMITS, 1);
        reader.read(1, stream.get(1));
        reader.read(2, stream.get(3));
        assertThatThrownBy(() -> reader.read(3, snapshot))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContainingAll("offset 3 of history/state", "3 is due");
    }

    @Test
    void a_stream_that_was_cut_by_hand_has_no_base() {
        append(1, 3);
        LoggedHistory cut = read(1);
        assertThatThrownBy(cut::requireBase)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContainingAll("revision 2 at offset 1", "up to offset 3");
        read(0).requireBase();
    }

    @Test
    void any_order_of_appends_and_snapshots_reads_back_from_every_cut() {
        for (long seed = 0; seed < 100; seed++) {
            empty();
            SplittableRandom random = new SplittableRandom(seed);
            for (int step = 0; step < 60; step++) {
                RevisionHistory history = writer.history();
                long newest = history.newest().revision();
                if (newest > 0 && random.nextInt(3) == 0) {
                    snapshot(newest
                            - random.nextLong(
                                    Math.min(4, newest - history.base().revision())));
                } else {
                    append(random.nextInt(1, 6), random.nextInt(1, 4));
                }
                LoggedHistory fromCut = read(Math.max(0, writer.removableBefore()));
                assertThat(fromCut.history().newest())
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(writer.history().newest());
                assertThat(fromCut.history().writers())
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(writer.history().writers());
                assertThat(fromCut.history().forgotten())
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(writer.history().forgotten());
                fromCut.requireBase();
            }
        }
    }

    private void corrupt(List<Buffer> events, long from, String... said) {
        LoggedHistory reader = new LoggedHistory(NAME, LIMITS, 0);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < events.size(); i++) {
                        reader.read(from + i, events.get(i));
                    }
                })
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContainingAll(said);
    }

    /** Appends revisions of a writer, unless the history is full. */
    private void append(int by, int revisions) {
        Position before = writer.history().newest();
        Position at = before;
        List<Revision> next = new ArrayList<>();
        for (int i = 0; i < revisions; i++) {
            next.add(revision(at, new AppendId(writer(by), at.revision() + 1)));
            at = next.get(i).position();
        }
        RevisionHistory.Step step = writer.history().append(before, next, LIMITS);
        if (step.after() != writer.history()) {
            stream.addAll(RevisionEvent.ofAppend(next));
            writer.appended(revisions, step.after());
        }
    }

    private void appendWhole() {
        Position before = writer.history().newest();
        Revision next = whole(before.next(new AppendId(writer(1), before.revision() + 1)));
        stream.addAll(RevisionEvent.ofAppend(List.of(next)));
        writer.appended(
                1, writer.history().append(before, List.of(next), LIMITS).after());
    }

    /** Appends a snapshot of a kept revision, unless a newer one is known. */
    private void snapshot(long revision) {
        RevisionHistory history = writer.history();
        int index = (int) (revision - history.base().revision() - 1);
        Revision whole = whole(history.kept().get(index).position());
        RevisionHistory after = history.compact(whole, LIMITS);
        if (after != history) {
            stream.add(RevisionEvent.ofSnapshot(whole, after));
            writer.snapshotted(whole, after);
        }
    }

    private LoggedHistory read(long from) {
        LoggedHistory reader = new LoggedHistory(NAME, LIMITS, from);
        for (int offset = (int) from; offset < stream.size(); offset++) {
            reader.read(offset, stream.get(offset));
        }
        return reader;
    }

    private static void assertSame(LoggedHistory one, LoggedHistory other) {
        assertThat(one).usingRecursiveComparison().isEqualTo(other);
    }

    private static void assertSameNewest(LoggedHistory cut, LoggedHistory whole) {
        cut.requireBase();
        assertThat(cut.next()).isEqualTo(whole.next());
        assertThat(cut.history().newest()).isEqualTo(whole.history().newest());
        assertThat(cut.history().snapshot())
                .usingRecursiveComparison()
                .isEqualTo(whole.history().snapshot());
        assertThat(cut.history().writers()).isEqualTo(whole.history().writers());
        assertThat(cut.removableBefore()).isEqualTo(whole.removableBefore());
    }

    private static UUID writer(int number) {
        return new UUID(9, number);
    }

    private static Position position(int by, long revision) {
        return new Position(revision, new AppendId(writer(by), revision));
    }

    private static Revision revision(Position behind, AppendId id) {
        return new Revision(behind.next(id), Revision.Form.CHANGE, new byte[] {(byte) id.count()});
    }

    private static Revision whole(Position at) {
        return new Revision(at, Revision.Form.WHOLE, new byte[] {1, (byte) at.revision()});
    }
}
