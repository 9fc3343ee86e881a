package io.strandline.testkit.simulation.client;

import io.strandline.Appended;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.WriterMark;
import io.strandline.WriterOptions;
import io.strandline.testkit.simulation.model.AppendModel;
import io.strandline.testkit.simulation.model.Invariant;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Appends the events of an import under its own numbers, and begins again where it stood when a writer has failed. */
public final class ImportingUser extends WriterUser {

    private static final int LONGEST_BURST = 8;

    private final Import work;
    private long next;

    /** Numbers of this writer that were given and are not acknowledged. */
    private final TreeSet<Long> open = new TreeSet<>();

    /** What is to be imported, whoever does it: it outlives applications. */
    public static final class Import {

        private final String stream;
        private final String id;
        private final long count;
        private long begin;
        private @Nullable Map<Long, WriterMark> marks;
        private long done;

        /** @param count events, numbered from 1 */
        public Import(String stream, String id, long count) {
            this.stream = stream;
            this.id = id;
            this.count = count;
            this.begin = 1;
        }

        /** Events that were acknowledged with all before them. */
        public long done() {
            return done;
        }

        @Override
        public String toString() {
            return id;
        }
    }

    public ImportingUser(Application application, SplittableRandom random, String name, Import work) {
        super(application, random, work.stream, name);
        this.work = work;
    }

    @Override
    boolean isFinished() {
        return super.isFinished() || work.done == work.count;
    }

    @Override
    WriterOptions options(StreamDescription described) {
        boolean replays = random.nextBoolean();
        next = replays ? work.begin : 1;
        Map<Long, WriterMark> from = work.marks;
        return super.options(described).setId(work.id).setReplay(replays ? from : null);
    }

    @Override
    void opened(Use current) {
        open.clear();
    }

    @Override
    void notOpened(@Nullable Throwable failure) {
        requireNoConflict(failure);
    }

    @Override
    void left(Throwable failure) {
        requireNoConflict(failure);
    }

    /** What is given again is what was given before, so that the log finds no difference. */
    private void requireNoConflict(@Nullable Throwable failure) {
        if (failure instanceof StrandlineException.Conflict) {
            application
                    .world()
                    .violations()
                    .report(
                            Invariant.REFUSALS_ARE_TRUE,
                            "the import " + work.id + " is refused, though it repeats itself",
                            failure);
        }
    }

    @Override
    void use(Use current) {
        int burst = 1 + random.nextInt(LONGEST_BURST);
        for (int i = 0; i < burst && next <= work.count && isUsed(current); i++) {
            give(current, next++);
        }
    }

    private void give(Use current, long number) {
        String text = work.id + "@" + number;
        String key = number % 9 == 0 ? null : "key-" + text.hashCode() % 8;
        Sequence sequence = sequence(number);
        open.add(number);
        AppendModel append =
                ledger().called(current.model(), key, List.of(text), false).numbered(sequence);
        Future<Appended> appended = current.writer().append(key, text, sequence);
        await(append, appended, (place, failure) -> {
            if (!isUsed(current)) {
                return;
            }
            if (failure == null) {
                open.remove(number);
                advance();
            } else if (isTransient(failure)) {
                next = Math.min(next, number);
            } else {
                requireNoConflict(failure);
            }
        });
    }

    private void advance() {
        long below = open.isEmpty() ? next - 1 : open.first() - 1;
        work.done = Math.max(work.done, Math.min(below, next - 1));
    }

    private static Sequence sequence(long number) {
        return new Sequence(number / 10, number % 10);
    }

    @Override
    boolean blocksWhileFlushing() {
        return true;
    }

    /** Everything that was given is acknowledged: a later writer may replay from here. */
    @Override
    void flushed(Use current) {
        if (isUsed(current) && open.isEmpty() && next > work.begin) {
            try {
                work.marks = current.writer().marks(sequence(next));
                work.begin = next;
            } catch (StrandlineException.Conflict differs) {
                requireNoConflict(differs);
            }
        }
    }
}
