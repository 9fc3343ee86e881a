package io.strandline.server;

import io.strandline.StrandlineException;
import io.strandline.internal.Implementation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Lets clients of any language use a log by HTTP: its scopes, streams, events and transactions, and the groups, pipelines,
 * aggregates and shared states that are exposed beside it. Requests and replies are JSON, events also come as lines of JSON or as
 * server-sent events. The document at {@code /v1/openapi.json} describes every route.
 *
 * <p>Methods may be called from any thread.
 */
public interface RestServer {

    /**
     * Listens for clients. The server ends by {@link #close}, or with Vert.x, before the log does.
     *
     * <p>The future completes on the caller's context when clients can connect. It fails with {@link StrandlineException.Invalid} if
     * an option is out of its bounds, or if the address is not one of this machine alone, the server lacks TLS or the log lacks
     * security, and {@link RestOptions#setInsecure} does not allow it, and with {@link StrandlineException.Unavailable} if the address cannot be bound.
     *
     * @param log what is served. It stays open when the server closes
     */
    static Future<RestServer> listen(Vertx vertx, ServedLog log, RestOptions options) {
        return Implementation.of(RestProvider.class).listen(vertx, log, options);
    }

    /** The address that it listens at. */
    String host();

    /** The port that it listens at, also if the options left the choice to the machine. */
    int port();

    /** Clients that are connected. */
    int connections();

    /**
     * Stops. Open subscriptions end, requests that have come are answered, and further ones are refused with 503. After {@link
     * RestOptions#setDrainMillis} connections that are left are cut. The future completes on the caller's context when none is
     * left. Calling it again changes nothing.
     */
    Future<Void> close();
}
