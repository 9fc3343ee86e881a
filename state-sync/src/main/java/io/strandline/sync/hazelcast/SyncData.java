package io.strandline.sync.hazelcast;

import com.hazelcast.nio.serialization.IdentifiedDataSerializable;

/** Data that members of this library send to each other. {@link SyncSerializerHook} has its class ids. */
interface SyncData extends IdentifiedDataSerializable {

    @Override
    default int getFactoryId() {
        return SyncSerializerHook.FACTORY_ID;
    }
}
