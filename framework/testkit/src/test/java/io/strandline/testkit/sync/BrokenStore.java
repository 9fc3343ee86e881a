package io.strandline.testkit.sync;

import io.strandline.StreamName;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;

/** A memory store, and stores that each break one rule in the way in which a real one might. */
class BrokenStore implements RevisionStore {

    final RevisionStore sound;

    BrokenStore(HistoryLimits limits) {
        this.sound = MemoryRevisionStore.create(limits);
    }

    @Override
    public int maxValueBytes() {
        return sound.maxValueBytes();
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        return sound.append(name, expected, next);
    }

    @Override
    public Future<CatchUp> readSince(StreamName name, Position known) {
        return sound.readSince(name, known);
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        return sound.compact(name, snapshot);
    }

    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return sound.watch(name, news);
    }

    final Position newest(StreamName name) {
        Position nowhere = new Position(Long.MAX_VALUE, new AppendId(new UUID(1, 1), 1));
        return sound.readSince(name, nowhere).result().newest();
    }

    /** S1: appends after the newest position, whatever was expected. */
    static class Unconditional extends BrokenStore {
        Unconditional(HistoryLimits limits) {
            super(limits);
        }

        @Override
        public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
            return super.append(name, expected, next)
                    .compose(answer -> answer instanceof AppendAnswer.Refused
                            ? sound.append(name, newest(name), moved(newest(name), next))
                            : Future.succeededFuture(answer));
        }

        private static List<Revision> moved(Position behind, List<Revision> next) {
            List<Revision> moved = new ArrayList<>();
            Position at = behind;
            for (Revision revision : next) {
                at = at.next(revision.position().id());
                Revision.Form form = revision.isWhole() ? Revision.Form.WHOLE : Revision.Form.CHANGE;
                moved.add(new Revision(at, form, revision.bytes()));
            }
            return moved;
        }
    }

    /** S1: takes a list one by one, and leaves what does not fit. */
    static class OneByOne extends BrokenStore {
        OneByOne(HistoryLimits limits) {
            super(limits);
        }

        @Override
        public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
            Position at = expected;
            Future<AppendAnswer> last = sound.append(name, at, next.isEmpty() ? next : next.subList(0, 1));
            for (int i = 1; i < next.size() && last.succeeded(); i++) {
                at = next.get(i - 1).position();
                last = sound.append(name, at, next.subList(i, i + 1));
            }
            return last;
        }
    }

    /** S2: refuses without the newest revision. */
    static class Forgetful extends BrokenStore {
        Forgetful(HistoryLimits limits) {
            super(limits);
        }

        @Override
        public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
            return super.append(name, expected, next)
                    .map(answer -> answer instanceof AppendAnswer.Refused refused
                            ? refused.with(withoutLast(refused.missed()))
                            : answer);
        }

        private static CatchUp withoutLast(CatchUp missed) {
            int size = missed.revisions().size();
            return new CatchUp(missed.base(), missed.revisions().subList(0, Math.max(0, size - 1)));
        }
    }

    /** S3: refuses the repeat of an append that it took. */
    static class NoRepeat extends BrokenStore {
        private final Set<AppendId> taken = new HashSet<>();

        NoRepeat(HistoryLimits limits) {
            super(limits);
        }

        @Override
        public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
            boolean first = next.isEmpty()
                    || taken.add(next.get(next.size() - 1).position().id());
            return first
                    ? super.append(name, expected, next)
                    : super.append(name, expected, next)
                            .compose(answer -> answer instanceof AppendAnswer.Appended
                                    ? sound.readSince(name, expected).map(missed -> new AppendAnswer.Refused(missed, 0))
                                    : Future.succeededFuture(answer));
        }
    }

    /** S4: says refused where it cannot know, so that the writer appends again. */
    static class Sure extends BrokenStore {
        Sure(HistoryLimits limits) {
            super(limits);
        }

        @Override
        public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
            return super.append(name, expected, next)
                    .compose(answer -> answer instanceof AppendAnswer.Undecided
                            ? sound.readSince(name, expected).map(missed -> new AppendAnswer.Refused(missed, 0))
                            : Future.succeededFuture(answer));
        }
    }

    /** S5 and S6: a store whose reads are wrong in some way. */
    static class Misread extends BrokenStore {
        private final BiFunction<Position, CatchUp, CatchUp> wrong;

        Misread(HistoryLimits limits, BiFunction<Position, CatchUp, CatchUp> wrong) {
            super(limits);
            this.wrong = wrong;
        }

        @Override
        public Future<CatchUp> readSince(StreamName name, Position known) {
            return super.readSince(name, known).map(missed -> wrong.apply(known, missed));
        }
    }

    /** S7: takes what is larger than it says. */
    static class Generous extends BrokenStore {
        private final HistoryLimits said;

        Generous(HistoryLimits limits) {
            super(HistoryLimits.DEFAULT);
            this.said = limits;
        }

        @Override
        public int maxValueBytes() {
            return said.maxValueBytes();
        }
    }

    /** S8: never says that it is full. */
    static class Bottomless extends BrokenStore {
        Bottomless(HistoryLimits limits) {
            super(new HistoryLimits(limits.maxValueBytes(), 1_000, limits.maxBytesKept(), limits.maxWritersKept()));
        }
    }

    /** S9: takes a snapshot as a revision of its own. */
    static class Restless extends BrokenStore {
        private long count;

        Restless(HistoryLimits limits) {
            super(limits);
        }

        @Override
        public Future<Boolean> compact(StreamName name, Revision snapshot) {
            Position at = newest(name).next(new AppendId(new UUID(9, 9), ++count));
            Revision whole = new Revision(at, Revision.Form.WHOLE, snapshot.bytes());
            return sound.append(name, newest(name), List.of(whole)).map(answer -> true);
        }
    }

    /** S10: keeps all names of a scope as one. */
    static class OneName extends BrokenStore {
        OneName(HistoryLimits limits) {
            super(limits);
        }

        private static StreamName one(StreamName name) {
            return new StreamName(name.scope(), "one");
        }

        @Override
        public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
            return super.append(one(name), expected, next);
        }

        @Override
        public Future<CatchUp> readSince(StreamName name, Position known) {
            return super.readSince(one(name), known);
        }
    }

    /** S11: tells who watches before the change can be read, and nobody afterwards. */
    static class Early extends BrokenStore {
        private final List<Runnable> watchers = new ArrayList<>();

        Early(HistoryLimits limits) {
            super(limits);
        }

        @Override
        public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
            watchers.forEach(Runnable::run);
            watchers.clear();
            return super.append(name, expected, next);
        }

        @Override
        public Future<Watch> watch(StreamName name, Runnable news) {
            watchers.add(news);
            return Future.succeededFuture(Future::succeededFuture);
        }
    }

    /** S11: goes on telling who has ended its watch. */
    static class Talkative extends BrokenStore {
        Talkative(HistoryLimits limits) {
            super(limits);
        }

        @Override
        public Future<Watch> watch(StreamName name, Runnable news) {
            return super.watch(name, news).map(watch -> Future::succeededFuture);
        }
    }

    /** S13: sees nothing where it was not told. */
    static class Blind extends BrokenStore {
        Blind(HistoryLimits limits) {
            super(limits);
        }

        @Override
        public Future<CatchUp> look(StreamName name, Position known) {
            return Future.succeededFuture(new CatchUp(known, List.of()));
        }
    }
}
