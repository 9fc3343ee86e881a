package io.strandline.sync.hazelcast;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import io.strandline.sync.impl.HistoryFormat;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what follows a position on the member that owns the name: only that travels, not all that is kept there.
 *
 * @param <V> the value of the map
 */
abstract class ReadTask<V> implements EntryProcessor<String, V, ReadTask.Answer>, ReadOnly, SyncData {

    private static final long serialVersionUID = 1L;

    private transient Position known;

    ReadTask(Position known) {
        this.known = known;
    }

    abstract CatchUp since(Map.Entry<String, V> entry, Position known);

    @Override
    public final Answer process(Map.Entry<String, V> entry) {
        return new Answer(since(entry, known));
    }

    @Override
    public final @Nullable EntryProcessor<String, V, Answer> getBackupProcessor() {
        return null; // nothing changes
    }

    @Override
    public final void writeData(ObjectDataOutput out) throws IOException {
        HistoryFormat.writeFormat(out);
        HistoryFormat.writePosition(out, known);
    }

    @Override
    public final void readData(ObjectDataInput in) throws IOException {
        HistoryFormat.readFormat(in);
        known = HistoryFormat.readPosition(in);
    }

    /** The owner's answer. */
    static final class Answer implements SyncData {

        private CatchUp missed;

        /** To be read. */
        Answer() {
            this(new CatchUp(Position.NONE, List.of()));
        }

        Answer(CatchUp missed) {
            this.missed = missed;
        }

        CatchUp missed() {
            return missed;
        }

        @Override
        public int getClassId() {
            return SyncClassIds.READ_ANSWER;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            HistoryFormat.writeFormat(out);
            HistoryFormat.writeCatchUp(out, missed);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            HistoryFormat.readFormat(in);
            missed = HistoryFormat.readCatchUp(in);
        }
    }
}
