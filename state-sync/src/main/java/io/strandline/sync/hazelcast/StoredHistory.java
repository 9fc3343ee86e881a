package io.strandline.sync.hazelcast;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import io.strandline.sync.impl.Contenders;
import io.strandline.sync.impl.HistoryFormat;
import io.strandline.sync.spi.RevisionHistory;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The map's value. Its history is replaced by reading it only, so members may share the object. */
final class StoredHistory implements SyncData {

    private RevisionHistory history;
    /** Used by the owner only: not written, and created again where the object is read. */
    private final transient Contenders contenders;

    /** To be read. */
    StoredHistory() {
        this(RevisionHistory.EMPTY, new Contenders());
    }

    StoredHistory(RevisionHistory history, Contenders contenders) {
        this.history = history;
        this.contenders = contenders;
    }

    /** The contenders for the name, as far as this owner knows. Accessed only by the thread of its partition. */
    static Contenders contendersOf(Map.Entry<String, StoredHistory> entry) {
        @Nullable StoredHistory stored = entry.getValue();
        return stored == null ? new Contenders() : stored.contenders;
    }

    RevisionHistory history() {
        return history;
    }

    static RevisionHistory of(Map.Entry<String, StoredHistory> entry) {
        @Nullable StoredHistory stored = entry.getValue();
        return stored == null ? RevisionHistory.EMPTY : stored.history;
    }

    @Override
    public int getClassId() {
        return SyncClassIds.HISTORY;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        HistoryFormat.writeFormat(out);
        HistoryFormat.writeHistory(out, history);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        HistoryFormat.readFormat(in);
        history = HistoryFormat.readHistory(in);
    }
}
