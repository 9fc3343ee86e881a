package io.strandline.sync.hazelcast;

import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the news after a position. Returns none if the map knows nothing newer or does not know the position. */
final class ReadNews extends ReadTask<StoredNews> {

    private static final long serialVersionUID = 1L;

    /** To be read. */
    ReadNews() {
        this(Position.NONE);
    }

    ReadNews(Position known) {
        super(known);
    }

    @Override
    CatchUp since(Map.Entry<String, StoredNews> entry, Position known) {
        @Nullable StoredNews stored = entry.getValue();
        @Nullable CatchUp missed = stored == null ? null : stored.since(known);
        return missed == null ? new CatchUp(known, List.of()) : missed;
    }

    @Override
    public int getClassId() {
        return SyncClassIds.READ_NEWS;
    }
}
