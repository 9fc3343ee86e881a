package io.strandline.sync.impl.relay;

import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.StateSyncProvider;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Vertx;

/** Keeps synchronizers whose calls go through one relay per name. */
public final class RelayedSync implements StateSyncProvider {

    @Override
    public StateSync create(Vertx vertx, RevisionStore store, StateSyncOptions options) {
        return new OpenRelays(vertx, store, options);
    }
}
