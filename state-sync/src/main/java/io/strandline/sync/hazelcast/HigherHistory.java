package io.strandline.sync.hazelcast;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.RevisionHistory;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Merges two histories of one name from the halves of a divided cluster. The history with the higher revision is kept. At
 * the same revision, the writer's id and count decide, so that it does not matter which half merges into which.
 */
final class HigherHistory
        implements SplitBrainMergePolicy<StoredHistory, MergingValue<StoredHistory>, Object>, SyncData {

    private static final Comparator<Position> BY_HEIGHT = Comparator.comparingLong(Position::revision)
            .thenComparing(position -> position.id().writer())
            .thenComparing(position -> position.id().count());

    @Override
    public Object merge(MergingValue<StoredHistory> merging, @Nullable MergingValue<StoredHistory> existing) {
        StoredHistory other = merging.getValue();
        @Nullable StoredHistory own = existing == null ? null : existing.getValue();
        return own == null || isHigher(other.history(), own.history()) ? other : own;
    }

    private static boolean isHigher(RevisionHistory one, RevisionHistory other) {
        return BY_HEIGHT.compare(one.newest(), other.newest()) > 0;
    }

    @Override
    public int getClassId() {
        return SyncClassIds.MERGE_POLICY;
    }

    @Override
    public void writeData(ObjectDataOutput out) {
        // It has no state: its class says it all.
    }

    @Override
    public void readData(ObjectDataInput in) {
        // See writeData.
    }
}
