package io.strandline.sync;

import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Vertx;

/** Keeps synchronizers whose calls go through one relay per name. */
public final class RelayedSync implements StateSyncProvider {

    @Override
    public StateSync create(Vertx vertx, RevisionStore store, StateSyncOptions options) {
        return new OpenRelays(vertx, store, options);
    }
}
