package io.strandline.server;

import io.strandline.StrandlineException;
import io.strandline.internal.Implementation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * A listener for clients of the bridges of Vert.x: the TCP bridge, or SockJS for browsers. They use the operations of a log that an
 * {@link EventBusServer} serves on the event bus of the same instance, and nothing else of that bus: they send to the operations'
 * addresses, and register consumers at {@code strandline.NAME.to.TOKEN}. What a client may do there is decided for each message by
 * its credentials.
 *
 * <p>A bridge queues what a client does not read. Subscriptions are bounded by their credit. Replies to other requests are not, up to
 * the 30 s in which Vert.x waits for a reply.
 *
 * <p>Methods may be called from any thread.
 */
public interface BusBridge {

    /**
     * Begins to listen. The bridge ends by {@link #close}, or with Vert.x.
     *
     * <p>The future completes on the caller's context when clients can connect. It fails with {@link StrandlineException.Invalid} if
     * an option is out of its bounds, or if other machines may reach the address without TLS and {@link ServedLog#secured security}
     * and {@link BusBridgeOptions#setInsecure} does not allow that. It fails with {@link StrandlineException.Unavailable} if the
     * address cannot be listened at.
     *
     * @param vertx the instance on whose event bus the log is served
     */
    static Future<BusBridge> listen(Vertx vertx, ServedLog served, BusBridgeOptions options) {
        return Implementation.of(BusBridgeProvider.class).listen(vertx, served, options);
    }

    /** Where it listens. */
    String host();

    /** The port at which it listens. */
    int port();

    /** Clients that are connected. */
    int connections();

    /** Stops listening and cuts the clients off. The future completes on the caller's context. Calling it again changes nothing. */
    Future<Void> close();
}
