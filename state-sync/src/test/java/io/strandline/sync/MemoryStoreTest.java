package io.strandline.sync;

import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;

class MemoryStoreTest extends RevisionStoreRules {

    @Override
    protected RevisionStore create(HistoryLimits limits) {
        return MemoryRevisionStore.create(limits);
    }
}
