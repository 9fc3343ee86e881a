package io.strandline.sync.hazelcast;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.strandline.sync.impl.HistoryFormat;
import io.strandline.sync.spi.Missed;
import io.strandline.sync.spi.Position;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what follows a position on the member that owns the name: only that travels, not the whole history. */
final class ReadOnOwner
        implements EntryProcessor<String, StoredHistory, ReadOnOwner.Answer>, ReadOnly, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1L;

    private transient Position known;

    /** To be read. */
    ReadOnOwner() {
        this(Position.NONE);
    }

    ReadOnOwner(Position known) {
        this.known = known;
    }

    @Override
    public Answer process(Map.Entry<String, StoredHistory> entry) {
        return new Answer(StoredHistory.of(entry).since(known));
    }

    @Override
    public @Nullable EntryProcessor<String, StoredHistory, Answer> getBackupProcessor() {
        return null; // nothing changes
    }

    @Override
    public int getFactoryId() {
        return SyncSerializerHook.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return SyncSerializerHook.READ;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        HistoryFormat.writeFormat(out);
        HistoryFormat.writePosition(out, known);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        HistoryFormat.readFormat(in);
        known = HistoryFormat.readPosition(in);
    }

    /** The owner's answer. */
    static final class Answer implements IdentifiedDataSerializable {

        private Missed missed;

        /** To be read. */
        Answer() {
            this(new Missed(Position.NONE, List.of()));
        }

        Answer(Missed missed) {
            this.missed = missed;
        }

        Missed missed() {
            return missed;
        }

        @Override
        public int getFactoryId() {
            return SyncSerializerHook.FACTORY_ID;
        }

        @Override
        public int getClassId() {
            return SyncSerializerHook.READ_ANSWER;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            HistoryFormat.writeFormat(out);
            HistoryFormat.writeMissed(out, missed);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            HistoryFormat.readFormat(in);
            missed = HistoryFormat.readMissed(in);
        }
    }
}
