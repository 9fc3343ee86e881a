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

/** Reads the news behind a position: none, if the map knows nothing newer or does not know the position. */
final class ReadNews
        implements EntryProcessor<String, StoredNews, ReadOnOwner.Answer>, ReadOnly, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1L;

    private transient Position known;

    /** To be read. */
    ReadNews() {
        this(Position.NONE);
    }

    ReadNews(Position known) {
        this.known = known;
    }

    @Override
    public ReadOnOwner.Answer process(Map.Entry<String, StoredNews> entry) {
        @Nullable StoredNews stored = entry.getValue();
        @Nullable Missed missed = stored == null ? null : stored.since(known);
        return new ReadOnOwner.Answer(missed == null ? new Missed(known, List.of()) : missed);
    }

    @Override
    public @Nullable EntryProcessor<String, StoredNews, ReadOnOwner.Answer> getBackupProcessor() {
        return null; // nothing changes
    }

    @Override
    public int getFactoryId() {
        return SyncSerializerHook.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return SyncSerializerHook.READ_NEWS;
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
}
