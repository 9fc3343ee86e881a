package io.strandline.server;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Makes REST servers. {@link RestServer#listen} finds the one implementation. */
public interface RestProvider {

    /** As {@link RestServer#listen}. */
    Future<RestServer> listen(Vertx vertx, ServedLog log, RestOptions options);
}
