package io.strandline.sync.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import io.strandline.sync.impl.Contenders;
import io.strandline.sync.impl.HistoryFormat;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Compares and appends on the member that owns the name, and does the same on its backup. Hazelcast may run it a second
 * time when a member leaves. The history recognises the repeat.
 */
final class AppendOnOwner implements EntryProcessor<String, StoredHistory, AppendOnOwner.Answer>, SyncData {

    private static final long serialVersionUID = 1L;

    private transient Position expected;
    private transient List<Revision> next;
    private transient HistoryLimits limits;
    private transient boolean copy;
    private transient boolean stands;

    /** To be read. */
    AppendOnOwner() {
        this(Position.NONE, List.of(), HistoryLimits.DEFAULT, false);
    }

    AppendOnOwner(Position expected, List<Revision> next, HistoryLimits limits) {
        this(expected, next, limits, false);
    }

    private AppendOnOwner(Position expected, List<Revision> next, HistoryLimits limits, boolean copy) {
        this.expected = expected;
        this.next = next;
        this.limits = limits;
        this.copy = copy;
    }

    @Override
    public Answer process(Map.Entry<String, StoredHistory> entry) {
        RevisionHistory before = StoredHistory.of(entry);
        RevisionHistory.Step step = before.append(expected, next, limits);
        Contenders contenders = StoredHistory.contendersOf(entry);
        AppendAnswer answer = copy ? step.answer() : shared(contenders, before, step, System.nanoTime());
        stands = answer instanceof AppendAnswer.Appended;
        if (stands && step.after() != before) {
            entry.setValue(new StoredHistory(step.after(), contenders));
        }
        return new Answer(answer);
    }

    /** The answer, with each writer's share of a contended name. A repeat of a taken append has no share. */
    private AppendAnswer shared(Contenders contenders, RevisionHistory before, RevisionHistory.Step step, long now) {
        UUID writer = next.get(0).position().id().writer();
        if (step.answer() instanceof AppendAnswer.Refused behind) {
            return new AppendAnswer.Refused(behind.missed(), contenders.behind(writer, now));
        }
        if (step.after() != before) {
            long wait = contenders.mayAppend(writer, now);
            if (wait > 0) {
                return new AppendAnswer.Refused(before.since(expected), wait);
            }
            contenders.appended(writer, now);
        }
        return step.answer();
    }

    /**
     * Only a taken append is sent to the backup. This includes a repeat, because the first answer of the backup may be
     * lost.
     */
    @Override
    public @Nullable EntryProcessor<String, StoredHistory, Answer> getBackupProcessor() {
        return stands ? new AppendOnOwner(expected, next, limits, true) : null;
    }

    @Override
    public int getClassId() {
        return SyncClassIds.APPEND;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        HistoryFormat.writeFormat(out);
        HistoryFormat.writePosition(out, expected);
        HistoryFormat.writeRevisions(out, next);
        HistoryFormat.writeLimits(out, limits);
        out.writeBoolean(copy);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        HistoryFormat.readFormat(in);
        expected = HistoryFormat.readPosition(in);
        next = HistoryFormat.readRevisions(in);
        limits = HistoryFormat.readLimits(in);
        copy = in.readBoolean();
    }

    /** The owner's answer. */
    static final class Answer implements SyncData {

        private AppendAnswer answer;

        /** To be read. */
        Answer() {
            this(new AppendAnswer.Undecided(Position.NONE));
        }

        Answer(AppendAnswer answer) {
            this.answer = answer;
        }

        AppendAnswer answer() {
            return answer;
        }

        @Override
        public int getClassId() {
            return SyncClassIds.APPEND_ANSWER;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            HistoryFormat.writeFormat(out);
            HistoryFormat.writeAnswer(out, answer);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            HistoryFormat.readFormat(in);
            answer = HistoryFormat.readAnswer(in);
        }
    }
}
