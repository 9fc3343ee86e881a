package io.strandline.sync;

import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Vertx;

/** Keeps synchronizers over a store. The framework implements it, applications call {@link StateSync#create}. */
public interface StateSyncProvider {

    /** As {@link StateSync#create}. */
    StateSync create(Vertx vertx, RevisionStore store, StateSyncOptions options);
}
