package io.strandline.sync.hazelcast;

import com.hazelcast.nio.serialization.IdentifiedDataSerializable;

/** Data that members of this library send to each other. {@link SyncClassIds} has its class ids. */
interface SyncData extends IdentifiedDataSerializable {

    @Override
    default int getFactoryId() {
        return SyncClassIds.FACTORY;
    }
}
