package io.strandline.sync.hazelcast;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import org.jspecify.annotations.Nullable;

/** When halves of a cluster meet again, the newer news of each name stand. */
final class NewerNews implements SplitBrainMergePolicy<StoredNews, MergingValue<StoredNews>, Object>, SyncData {

    @Override
    public Object merge(MergingValue<StoredNews> merging, @Nullable MergingValue<StoredNews> existing) {
        StoredNews other = merging.getValue();
        @Nullable StoredNews own = existing == null ? null : existing.getValue();
        return own == null || other.isNewerThan(own) ? other : own;
    }

    @Override
    public int getClassId() {
        return SyncClassIds.NEWER_NEWS;
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
