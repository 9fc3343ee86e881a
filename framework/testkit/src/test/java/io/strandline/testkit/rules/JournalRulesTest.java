package io.strandline.testkit.rules;

import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A journal in memory keeps the rules, and each rule notices one that does not. */
class JournalRulesTest {

    private enum Defect {
        LEAVES_A_NUMBER_OUT("j1"),
        SAYS_FORCED_TOO_EARLY("j2"),
        NEVER_SAYS_FORCED("j2"),
        FORGETS_THE_NEWEST("j3"),
        CHANGES_A_BYTE("j3"),
        LEAVES_A_HOLE("j4"),
        KEEPS_ITS_EPOCH("j5"),
        OWNS_BEFORE_IT_RESTORES("j6"),
        FREES_NOTHING("j7"),
        FREES_EVERYTHING("j7"),
        CLOSES_AT_ONCE("j8"),
        REPLAYS_EVERY_KIND("j9"),
        REPLAYS_FROM_THE_START("j9"),
        COUNTS_FORCED_BYTES("j9"),
        SAYS_WRITTEN_TOO_EARLY("j10"),
        IGNORES_REQUESTS("j10"),
        FORGETS_WHAT_WAITS("j11"),
        CLOSES_WITHOUT_CHECKPOINT("j12");

        final String rule;

        Defect(String rule) {
            this.rule = rule;
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Kept(long number, FrameKind kind, byte[] body) {}

    private static final long FOREVER = 1L << 40;

    /** What is durable. */
    private static final class Place {
        private static final int FRAMES_PER_FILE = 30;

        final List<Kept> frames = new ArrayList<>();
        int epoch;
        long released;
    }

    private static final class Fixture extends JournalRules {

        private final @Nullable Defect defect;
        private final Place place = new Place();
        private final List<MemoryJournal> alive = new ArrayList<>();

        Fixture(@Nullable Defect defect) {
            this.defect = defect;
        }

        boolean has(Defect asked) {
            return defect == asked;
        }

        @Override
        protected Journal journal() {
            MemoryJournal journal = new MemoryJournal(this);
            alive.add(journal);
            return journal;
        }

        @Override
        protected void crash() {
            alive.forEach(journal -> journal.crashed = true);
            alive.clear();
        }

        @Override
        protected void settle() {
            alive.forEach(journal -> journal.force(Integer.MAX_VALUE));
        }

        @Override
        protected void settlePartly(int seed) {
            alive.forEach(journal -> journal.force(seed));
        }
    }

    /** Keeps frames in the lists of its fixture. */
    private static final class MemoryJournal implements Journal {

        private final Fixture fixture;
        private final Place place;
        private final List<Kept> queued = new ArrayList<>();
        private @Nullable Listener listener;
        private long next;
        private long bytes;
        private long used;
        private boolean crashed;

        /** Frames from this one on wait for a force. */
        private long lazyFrom = Long.MAX_VALUE;

        MemoryJournal(Fixture fixture) {
            this.fixture = fixture;
            this.place = fixture.place;
        }

        @Override
        public Future<Contents> open(Restore restore) {
            int epoch = fixture.has(Defect.KEEPS_ITS_EPOCH) ? 1 : place.epoch + 1;
            if (fixture.has(Defect.OWNS_BEFORE_IT_RESTORES)) {
                place.epoch = epoch;
            }
            MemoryContents contents = new MemoryContents(fixture, epoch);
            try {
                restore.from(contents);
            } catch (IOException | RuntimeException e) {
                return Future.failedFuture(e);
            }
            place.epoch = epoch;
            next = contents.lastFrame() + 1;
            return Future.succeededFuture(contents);
        }

        @Override
        public void abandon() {
            crashed = true;
        }

        @Override
        public void listen(Listener owner) {
            listener = owner;
        }

        private Listener listening() {
            return Objects.requireNonNull(listener);
        }

        @Override
        public long append(FrameKind kind, FrameBody body) {
            byte[] copy = new byte[body.length()];
            int at = 0;
            for (int part = 0; part < body.parts(); part++) {
                System.arraycopy(body.array(part), body.from(part), copy, at, body.length(part));
                at += body.length(part);
            }
            long number = next++;
            if (number == 3 && fixture.has(Defect.LEAVES_A_NUMBER_OUT)) {
                number = next++;
            }
            bytes += copy.length;
            queued.add(new Kept(number, kind, copy));
            if (fixture.has(Defect.SAYS_FORCED_TOO_EARLY)) {
                listening().forced(number + 1);
            }
            return number;
        }

        @Override
        public long append(FrameKind kind, FrameBody body, long forceWithinMillis) {
            if (forceWithinMillis == 0 && fixture.has(Defect.FORGETS_WHAT_WAITS)) {
                queued.removeIf(frame -> frame.number() >= lazyFrom);
            }
            long number = append(kind, body);
            lazyFrom = forceWithinMillis == 0 ? Long.MAX_VALUE : Math.min(lazyFrom, number);
            if (fixture.has(Defect.SAYS_WRITTEN_TOO_EARLY) && lazyFrom <= number) {
                listening().written(FOREVER);
            }
            return number;
        }

        @Override
        public void force(long withinMillis) {
            if (!fixture.has(Defect.IGNORES_REQUESTS)) {
                lazyFrom = Long.MAX_VALUE;
            }
        }

        void force(int most) {
            long forced = 0;
            for (int i = 0; i < most && !queued.isEmpty() && queued.get(0).number() < lazyFrom; i++) {
                Kept frame = queued.remove(0);
                forced = frame.number();
                used += frame.body().length;
                bytes -= fixture.has(Defect.COUNTS_FORCED_BYTES) ? 0 : frame.body().length;
                boolean lost = (fixture.has(Defect.FORGETS_THE_NEWEST) && queued.isEmpty())
                        || (fixture.has(Defect.LEAVES_A_HOLE) && most < Integer.MAX_VALUE && i == 1);
                if (!lost) {
                    if (fixture.has(Defect.CHANGES_A_BYTE) && frame.body().length > 0) {
                        frame.body()[0] ^= 1;
                    }
                    place.frames.add(frame);
                }
            }
            if (!queued.isEmpty() && lazyFrom <= queued.get(0).number() && !crashed) {
                listening().written(queued.get(queued.size() - 1).number());
            }
            if (forced > 0 && !crashed && !fixture.has(Defect.NEVER_SAYS_FORCED)) {
                listening().forced(forced);
            }
        }

        @Override
        public long unforcedBytes() {
            return bytes;
        }

        @Override
        public int keptFiles() {
            return place.frames.size() / Place.FRAMES_PER_FILE + 1;
        }

        @Override
        public Room roomFor(int bodyBytes) {
            return Room.READY;
        }

        @Override
        public Room roomNow(int bodyBytes) {
            return Room.READY;
        }

        @Override
        public boolean isMostlyKept() {
            return true;
        }

        @Override
        public long usedBytes() {
            return used;
        }

        @Override
        public int filesAfter(long frame) {
            List<Kept> frames = place.frames;
            long oldest = frames.isEmpty() ? next : frames.get(0).number();
            return keptFiles() - 1 - (int) Math.max(0, (frame - oldest) / Place.FRAMES_PER_FILE);
        }

        @Override
        public long releasableBytes(long upToFrame) {
            return (keptFiles() - 1L - filesAfter(upToFrame + 1)) * Place.FRAMES_PER_FILE;
        }

        @Override
        public void release(long upToFrame) {
            if (!fixture.has(Defect.FREES_NOTHING)) {
                place.released = fixture.has(Defect.FREES_EVERYTHING) ? Long.MAX_VALUE : upToFrame;
                place.frames.removeIf(frame -> frame.number() <= place.released);
            }
        }

        @Override
        public Future<Void> close(List<FrameBody> checkpoint) {
            if (fixture.has(Defect.CLOSES_AT_ONCE)) {
                queued.clear();
            }
            if (!fixture.has(Defect.CLOSES_WITHOUT_CHECKPOINT)) {
                checkpoint.forEach(part -> append(FrameKind.CHECKPOINT, part));
            }
            force(Integer.MAX_VALUE);
            return Future.succeededFuture();
        }
    }

    private record MemoryContents(Fixture fixture, int epoch) implements Journal.Contents {

        @Override
        public long firstFrame() {
            List<Kept> frames = fixture.place.frames;
            return frames.isEmpty() ? 0 : frames.get(0).number();
        }

        @Override
        public long lastFrame() {
            List<Kept> frames = fixture.place.frames;
            return frames.isEmpty() ? 0 : frames.get(frames.size() - 1).number();
        }

        @Override
        public void replay(@Nullable FrameKind only, long from, Journal.Visitor visitor) throws IOException {
            for (Kept frame : List.copyOf(fixture.place.frames)) {
                boolean wanted = only == null || frame.kind() == only || fixture.has(Defect.REPLAYS_EVERY_KIND);
                if (wanted && (frame.number() >= from || fixture.has(Defect.REPLAYS_FROM_THE_START))) {
                    visitor.frame(frame.number(), frame.kind(), frame.body().clone());
                }
            }
        }
    }

    @Test
    void each_rule_bites() {
        BrokenImplementations.assertEachRuleBites(
                JournalRules.class, Defect.values(), defect -> defect.rule, Fixture::new, () -> new Fixture(null));
    }
}
