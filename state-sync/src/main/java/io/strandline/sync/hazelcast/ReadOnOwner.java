package io.strandline.sync.hazelcast;

import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import java.util.Map;

/** Reads a history after a position. */
final class ReadOnOwner extends ReadTask<StoredHistory> {

    private static final long serialVersionUID = 1L;

    /** To be read. */
    ReadOnOwner() {
        this(Position.NONE);
    }

    ReadOnOwner(Position known) {
        super(known);
    }

    @Override
    CatchUp since(Map.Entry<String, StoredHistory> entry, Position known) {
        return StoredHistory.of(entry).since(known);
    }

    @Override
    public int getClassId() {
        return SyncClassIds.READ;
    }
}
