package io.strandline.server;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Makes servers. {@link EventBusServer#serve} finds the one implementation. */
public interface EventBusProvider {

    /** As {@link EventBusServer#serve}. */
    Future<EventBusServer> serve(Vertx vertx, ServedLog served, EventBusOptions options);
}
