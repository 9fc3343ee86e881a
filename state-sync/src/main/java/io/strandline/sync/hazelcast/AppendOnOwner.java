package io.strandline.sync.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.strandline.sync.impl.HistoryFormat;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares and appends on the member that owns the name, and the same on its backup. Hazelcast may run it a second time
 * when a member leaves; the history recognises the repeat.
 */
final class AppendOnOwner
        implements EntryProcessor<String, StoredHistory, AppendOnOwner.Answer>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1L;

    private transient Position expected;
    private transient List<Revision> next;
    private transient HistoryLimits limits;
    private transient boolean stands;

    /** To be read. */
    AppendOnOwner() {
        this(Position.NONE, List.of(), HistoryLimits.DEFAULT);
    }

    AppendOnOwner(Position expected, List<Revision> next, HistoryLimits limits) {
        this.expected = expected;
        this.next = next;
        this.limits = limits;
    }

    @Override
    public Answer process(Map.Entry<String, StoredHistory> entry) {
        RevisionHistory before = StoredHistory.of(entry);
        RevisionHistory.Step step = before.append(expected, next, limits);
        if (step.after() != before) {
            entry.setValue(new StoredHistory(step.after()));
        }
        stands = step.answer() instanceof AppendAnswer.Appended;
        return new Answer(step.answer());
    }

    /** Only what stands is worth a message to the backup: also a repeat, for the first answer of the backup may be lost. */
    @Override
    public @Nullable EntryProcessor<String, StoredHistory, Answer> getBackupProcessor() {
        return stands ? this : null;
    }

    @Override
    public int getFactoryId() {
        return SyncSerializerHook.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return SyncSerializerHook.APPEND;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        HistoryFormat.writeFormat(out);
        HistoryFormat.writePosition(out, expected);
        HistoryFormat.writeRevisions(out, next);
        HistoryFormat.writeLimits(out, limits);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        HistoryFormat.readFormat(in);
        expected = HistoryFormat.readPosition(in);
        next = HistoryFormat.readRevisions(in);
        limits = HistoryFormat.readLimits(in);
    }

    /** The owner's answer. */
    static final class Answer implements IdentifiedDataSerializable {

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
        public int getFactoryId() {
            return SyncSerializerHook.FACTORY_ID;
        }

        @Override
        public int getClassId() {
            return SyncSerializerHook.APPEND_ANSWER;
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
