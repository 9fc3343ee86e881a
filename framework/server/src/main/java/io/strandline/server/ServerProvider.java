package io.strandline.server;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Makes servers. {@link StrandlineServer#listen} finds the one implementation. */
public interface ServerProvider {

    /** As {@link StrandlineServer#listen}. */
    Future<StrandlineServer> listen(Vertx vertx, ServedLog served, ServerOptions options);
}
