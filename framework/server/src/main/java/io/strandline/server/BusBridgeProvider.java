package io.strandline.server;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Makes bridges. {@link BusBridge#listen} finds the one implementation. */
public interface BusBridgeProvider {

    /** As {@link BusBridge#listen}. */
    Future<BusBridge> listen(Vertx vertx, ServedLog served, BusBridgeOptions options);
}
