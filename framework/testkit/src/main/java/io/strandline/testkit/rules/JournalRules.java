package io.strandline.testkit.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules J1 to J12 of {@link Journal}. */
public abstract class JournalRules {

    private static final int FRAMES = 40;
    private static final int MAX_BYTES = 3_000;

    /** A time that does not pass in a test. */
    private static final long LONG_MILLIS = 3_600_000;

    /** A journal at the fixture's place, not yet open. */
    protected abstract Journal journal() throws Exception;

    /**
     * Cuts the power: what was not forced may be gone, and of the journals made before none does anything more. The next
     * {@link #journal()} finds what is left.
     */
    protected abstract void crash() throws Exception;

    /** Lets everything happen that is under way. */
    protected abstract void settle();

    /** Lets a part of what is under way happen, another one for each seed. */
    protected abstract void settlePartly(int seed);

    /** A frame as a test appended it, or as a replay shows it. */
    @SuppressWarnings("ArrayRecordComponent") // compared by its text
    private record Frame(long number, FrameKind kind, byte[] body) {

        @Override
        public String toString() {
            return number + " " + kind + " " + body.length + " " + Arrays.hashCode(body);
        }
    }

    /** What an owner hears. */
    private static final class Heard implements Journal.Listener {

        final List<Long> forced = new ArrayList<>();
        final List<Long> written = new ArrayList<>();

        @Override
        public void forced(long upToFrame) {
            forced.add(upToFrame);
        }

        @Override
        public void written(long upToFrame) {
            written.add(upToFrame);
        }

        /** Newest frame that was reported in any way. */
        long newest() {
            return written.isEmpty() ? last() : Math.max(last(), written.get(written.size() - 1));
        }

        @Override
        public void failed(Throwable cause) {
            throw new AssertionError("the journal failed", cause);
        }

        @Override
        public void blockedForSpace(boolean blocked) {
            // frames wait, and settle goes on until there is room
        }

        long last() {
            return forced.isEmpty() ? 0 : forced.get(forced.size() - 1);
        }
    }

    /** An open journal. */
    private record Owner(Journal journal, Heard heard, int epoch, List<String> found) {}

    private Owner open() throws Exception {
        List<String> found = new ArrayList<>();
        Journal journal = journal();
        Future<Journal.Contents> opened =
                journal.open(contents -> replay(contents, null, 0).forEach(frame -> found.add(frame.toString())));
        settle();
        assertThat(opened.cause()).isNull();
        Heard heard = new Heard();
        journal.listen(heard);
        return new Owner(journal, heard, opened.result().epoch(), found);
    }

    private static List<Frame> replay(Journal.Contents contents, @Nullable FrameKind only, long from)
            throws IOException {
        List<Frame> frames = new ArrayList<>();
        contents.replay(only, from, (number, kind, body) -> frames.add(new Frame(number, kind, body)));
        return frames;
    }

    private static List<String> append(Owner owner, int count, long seed) {
        return append(owner, count, seed, 0);
    }

    private static List<String> append(Owner owner, int count, long seed, long forceWithinMillis) {
        Random random = new Random(seed);
        List<String> appended = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] body = new byte[random.nextInt(MAX_BYTES)];
            random.nextBytes(body);
            FrameKind kind = i % 3 == 0 ? FrameKind.CONTROL : FrameKind.BATCHES;
            // In two parts, as the batches of a parcel are.
            FrameBody parts = new FrameBody().add(body, 0, body.length / 2);
            parts.add(body.clone(), body.length / 2, body.length - body.length / 2);
            appended.add(new Frame(owner.journal().append(kind, parts, forceWithinMillis), kind, body).toString());
        }
        return appended;
    }

    /** Without the frames that a journal adds itself, which prove what was forced. */
    private static List<String> withoutProofs(List<String> frames) {
        return frames.stream().filter(frame -> !frame.contains(" PROOF ")).toList();
    }

    @Test
    final void j1_frames_are_numbered_densely_over_all_owners() throws Exception {
        Owner first = open();
        assertThat(first.found()).isEmpty();
        List<String> appended = append(first, 3, 1);
        assertThat(appended)
                .allMatch(frame -> frame.startsWith("1 ") || frame.startsWith("2 ") || frame.startsWith("3 "));
        settle();
        crash();
        Owner second = open();
        assertThat(append(second, 1, 2).get(0)).startsWith((second.found().size() + 1) + " ");
        assertThat(second.found()).containsExactlyElementsOf(appended);
    }

    @Test
    final void j2_forced_tells_how_far_in_order_and_to_the_end() throws Exception {
        Owner owner = open();
        append(owner, FRAMES, 1);
        assertThat(owner.heard().last()).isLessThanOrEqualTo(FRAMES);
        settle();
        assertThat(owner.heard().last()).isEqualTo(FRAMES);
        append(owner, FRAMES, 2);
        settle();
        assertThat(owner.heard().forced).isSorted().last().isEqualTo(2L * FRAMES);
    }

    @Test
    final void j3_what_was_forced_survives_a_crash_with_its_bytes() throws Exception {
        List<String> all = new ArrayList<>();
        for (int life = 0; life < 4; life++) {
            Owner owner = open();
            assertThat(withoutProofs(owner.found())).isEqualTo(all);
            all.addAll(append(owner, FRAMES, life));
            settle();
            assertThat(owner.heard().last()).isEqualTo(all.size());
            crash();
        }
        assertThat(open().found()).containsExactlyElementsOf(all);
    }

    @Test
    final void j4_of_what_was_not_forced_a_beginning_may_survive_and_nothing_else() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            Owner owner = open();
            List<String> before = owner.found();
            List<String> appended = append(owner, FRAMES, seed);
            settlePartly(seed);
            long forced = owner.heard().last();
            crash();
            Owner next = open();
            List<String> found = next.found();
            assertThat(found.size()).isGreaterThanOrEqualTo(before.size());
            assertThat((long) found.size()).isGreaterThanOrEqualTo(forced);
            List<String> expected = new ArrayList<>(before);
            expected.addAll(appended);
            assertThat(expected.size()).isGreaterThanOrEqualTo(found.size());
            assertThat(found).isEqualTo(expected.subList(0, found.size()));
            // What survived is there for good.
            crash();
        }
    }

    @Test
    final void j5_each_owner_has_a_higher_epoch() throws Exception {
        int newest = 0;
        for (int i = 0; i < 5; i++) {
            Owner owner = open();
            assertThat(owner.epoch()).isGreaterThan(newest);
            newest = owner.epoch();
            crash();
        }
    }

    @Test
    final void j6_a_restore_that_fails_fails_the_open_and_changes_nothing() throws Exception {
        Owner owner = open();
        List<String> appended = append(owner, 5, 1);
        settle();
        crash();
        IOException failure = new IOException("cannot restore");
        Journal refused = journal();
        Future<Journal.Contents> opened = refused.open(contents -> {
            throw failure;
        });
        settle();
        assertThat(opened.cause()).isSameAs(failure);
        Owner next = open();
        assertThat(next.found()).containsExactlyElementsOf(appended);
        assertThat(next.epoch()).isEqualTo(owner.epoch() + 1);
    }

    @Test
    final void j7_release_frees_room_and_takes_nothing_that_is_needed() throws Exception {
        Owner owner = open();
        List<String> all = new ArrayList<>();
        int kept = 0;
        for (int i = 0; kept < 4; i++) {
            assertThat(i).as("rounds until room could be freed").isLessThan(500);
            all.addAll(append(owner, FRAMES, i));
            settle();
            kept = owner.journal().keptFiles();
        }
        long released = all.size() / 2;
        owner.journal().release(released);
        settle();
        assertThat(owner.journal().keptFiles()).isLessThan(kept);
        append(owner, 1, 7);
        settle();
        crash();
        List<String> found = withoutProofs(open().found());
        assertThat(found).containsAll(all.subList((int) released, all.size()));
        assertThat(found.size()).isLessThan(all.size() + 1);
    }

    @Test
    final void j8_close_forces_what_is_queued() throws Exception {
        Owner owner = open();
        List<String> appended = append(owner, FRAMES, 1);
        Future<Void> closed = owner.journal().close();
        settle();
        assertThat(closed.succeeded()).isTrue();
        crash();
        assertThat(withoutProofs(open().found())).containsExactlyElementsOf(appended);
    }

    @Test
    final void j9_a_replay_shows_the_kind_and_the_numbers_that_were_asked_for() throws Exception {
        Owner owner = open();
        append(owner, 12, 1);
        assertThat(owner.journal().unforcedBytes()).isGreaterThanOrEqualTo(0);
        settle();
        assertThat(owner.journal().unforcedBytes()).isZero();
        crash();
        List<Frame> frames = new ArrayList<>();
        Journal journal = journal();
        Future<Journal.Contents> opened = journal.open(contents -> {
            frames.addAll(replay(contents, FrameKind.CONTROL, 4));
            assertThat(List.of(contents.firstFrame(), contents.lastFrame())).containsExactly(1L, 12L);
        });
        settle();
        assertThat(opened.cause()).isNull();
        assertThat(frames).extracting(Frame::number).containsExactly(4L, 7L, 10L);
        assertThat(frames).extracting(Frame::kind).containsOnly(FrameKind.CONTROL);
    }

    @Test
    final void j10_a_frame_that_may_wait_is_told_of_when_it_is_written_and_forced_on_request() throws Exception {
        Owner owner = open();
        List<String> appended = append(owner, FRAMES, 1, LONG_MILLIS);
        assertThat(owner.heard().newest()).isLessThanOrEqualTo(FRAMES);
        settle();
        assertThat(owner.heard().newest()).isEqualTo(FRAMES);
        assertThat(owner.heard().written).isSorted();
        owner.journal().force(0);
        settle();
        assertThat(owner.heard().last()).isEqualTo(FRAMES);
        assertThat(owner.journal().unforcedBytes()).isZero();
        crash();
        assertThat(withoutProofs(open().found())).isEqualTo(appended);
    }

    @Test
    final void j11_a_force_covers_all_frames_before_it_and_a_crash_takes_the_newest_alone() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            Owner owner = open();
            List<String> expected = new ArrayList<>(withoutProofs(owner.found()));
            expected.addAll(append(owner, 5, seed, LONG_MILLIS));
            settle();
            expected.addAll(append(owner, 1, seed));
            settle();
            int forced = expected.size();
            expected.addAll(append(owner, FRAMES, seed, LONG_MILLIS));
            settlePartly(seed);
            crash();
            List<String> found = withoutProofs(open().found());
            assertThat(found.size()).isBetween(forced, expected.size());
            assertThat(found).isEqualTo(expected.subList(0, found.size()));
            crash();
        }
    }

    @Test
    final void j12_a_checkpoint_with_which_it_closes_is_the_end_of_what_the_next_owner_finds() throws Exception {
        for (int life = 1; life <= 3; life++) {
            Owner owner = open();
            List<String> expected = new ArrayList<>(append(owner, FRAMES, life));
            List<FrameBody> checkpoint = new ArrayList<>();
            for (int part = 0; part < 3; part++) {
                byte[] body = new byte[MAX_BYTES];
                body[0] = (byte) part;
                checkpoint.add(FrameBody.of(body));
                long number = numberOf(expected.get(expected.size() - 1)) + 1;
                expected.add(new Frame(number, FrameKind.CHECKPOINT, body).toString());
            }
            Future<Void> closed = owner.journal().close(checkpoint);
            settle();
            assertThat(closed.succeeded()).isTrue();
            crash();
            List<String> included = new ArrayList<>();
            List<String> all = new ArrayList<>();
            Future<Journal.Contents> opened = journal().open(contents -> {
                replay(contents, null, 0).forEach(frame -> included.add(frame.toString()));
                contents.includeAll();
                replay(contents, null, 0).forEach(frame -> all.add(frame.toString()));
            });
            settle();
            assertThat(opened.cause()).isNull();
            List<String> found = withoutProofs(included);
            assertThat(found.size()).isGreaterThanOrEqualTo(checkpoint.size());
            int common = Math.min(found.size(), expected.size());
            assertThat(found.subList(found.size() - common, found.size()))
                    .isEqualTo(expected.subList(expected.size() - common, expected.size()));
            assertThat(all).endsWith(included.toArray(new String[0]));
            crash();
        }
    }

    private static long numberOf(String frame) {
        return Long.parseLong(frame.substring(0, frame.indexOf(' ')));
    }
}
