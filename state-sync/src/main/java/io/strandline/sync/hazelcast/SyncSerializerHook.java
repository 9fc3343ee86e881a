package io.strandline.sync.hazelcast;

import com.hazelcast.internal.serialization.DataSerializerHook;
import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;

/**
 * Tells Hazelcast how to read what members send each other. Hazelcast finds it on the class path, so a member needs no
 * configuration for it.
 */
public final class SyncSerializerHook implements DataSerializerHook {

    /** "STRL" in ASCII: an application's own factories count from 1. */
    static final int FACTORY_ID = 0x5354524c;

    static final int HISTORY = 1;
    static final int APPEND = 2;
    static final int APPEND_ANSWER = 3;
    static final int READ = 4;
    static final int READ_ANSWER = 5;
    static final int COMPACT = 6;
    static final int MERGE_POLICY = 7;
    static final int NEWS = 8;
    static final int PUBLISH_NEWS = 9;
    static final int READ_NEWS = 10;
    static final int NEWER_NEWS = 11;

    @Override
    public int getFactoryId() {
        return FACTORY_ID;
    }

    @Override
    public DataSerializableFactory createFactory() {
        return SyncSerializerHook::create;
    }

    private static IdentifiedDataSerializable create(int classId) {
        return switch (classId) {
            case HISTORY -> new StoredHistory();
            case APPEND -> new AppendOnOwner();
            case APPEND_ANSWER -> new AppendOnOwner.Answer();
            case READ -> new ReadOnOwner();
            case READ_ANSWER -> new ReadTask.Answer();
            case COMPACT -> new CompactOnOwner();
            case MERGE_POLICY -> new HigherHistory();
            case NEWS -> new StoredNews();
            case PUBLISH_NEWS -> new PublishNews();
            case READ_NEWS -> new ReadNews();
            case NEWER_NEWS -> new NewerNews();
            default -> throw new IllegalArgumentException("class id " + classId + ", known are 1 to " + NEWER_NEWS);
        };
    }
}
