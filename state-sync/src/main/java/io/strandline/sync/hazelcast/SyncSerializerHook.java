package io.strandline.sync.hazelcast;

import com.hazelcast.internal.serialization.DataSerializerHook;
import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;

/**
 * Tells Hazelcast how to read what members send each other. Hazelcast finds it on the class path, so a member needs no
 * configuration for it.
 */
public final class SyncSerializerHook implements DataSerializerHook {

    @Override
    public int getFactoryId() {
        return SyncClassIds.FACTORY;
    }

    @Override
    public DataSerializableFactory createFactory() {
        return SyncSerializerHook::create;
    }

    private static IdentifiedDataSerializable create(int classId) {
        return switch (classId) {
            case SyncClassIds.HISTORY -> new StoredHistory();
            case SyncClassIds.APPEND -> new AppendOnOwner();
            case SyncClassIds.APPEND_ANSWER -> new AppendOnOwner.Answer();
            case SyncClassIds.READ -> new ReadOnOwner();
            case SyncClassIds.READ_ANSWER -> new ReadTask.Answer();
            case SyncClassIds.COMPACT -> new CompactOnOwner();
            case SyncClassIds.MERGE_POLICY -> new HigherHistory();
            case SyncClassIds.NEWS -> new StoredNews();
            case SyncClassIds.PUBLISH_NEWS -> new PublishNews();
            case SyncClassIds.READ_NEWS -> new ReadNews();
            case SyncClassIds.NEWER_NEWS -> new NewerNews();
            default ->
                throw new IllegalArgumentException(
                        "class id " + classId + ", known are 1 to " + SyncClassIds.NEWER_NEWS);
        };
    }
}
