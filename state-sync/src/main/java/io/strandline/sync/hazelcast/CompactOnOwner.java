package io.strandline.sync.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import io.strandline.sync.impl.HistoryFormat;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import java.io.IOException;
import java.util.Map;

/** Hands a whole state to the member that owns the name, and to its backup. */
final class CompactOnOwner implements EntryProcessor<String, StoredHistory, Boolean>, SyncData {

    private static final long serialVersionUID = 1L;

    private transient Revision snapshot;
    private transient HistoryLimits limits;

    /** To be read. */
    CompactOnOwner() {
        this(new Revision(Position.NONE, Revision.Form.WHOLE, new byte[0]), HistoryLimits.DEFAULT);
    }

    CompactOnOwner(Revision snapshot, HistoryLimits limits) {
        this.snapshot = snapshot;
        this.limits = limits;
    }

    @Override
    public Boolean process(Map.Entry<String, StoredHistory> entry) {
        RevisionHistory before = StoredHistory.of(entry);
        RevisionHistory after = before.compact(snapshot, limits);
        if (after == before) {
            return false;
        }
        entry.setValue(new StoredHistory(after, StoredHistory.contendersOf(entry)));
        return true;
    }

    @Override
    public int getClassId() {
        return SyncClassIds.COMPACT;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        HistoryFormat.writeFormat(out);
        HistoryFormat.writeRevision(out, snapshot);
        HistoryFormat.writeLimits(out, limits);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        HistoryFormat.readFormat(in);
        snapshot = HistoryFormat.readRevision(in);
        limits = HistoryFormat.readLimits(in);
    }
}
