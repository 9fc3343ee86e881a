package io.strandline.server;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.internal.Implementation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Lets other processes use a log that is open in this one, over TCP. A client opens it by {@code
 * Strandline.open(vertx, "tcp://host:port")}, and then it has the interfaces that an embedded log has.
 *
 * <p>Methods may be called from any thread.
 */
public interface StrandlineServer {

    /**
     * Listens for clients. The server ends by {@link #close}, or with Vert.x, before the log does.
     *
     * <p>The future completes on the caller's context when clients can connect. It fails with {@link
     * StrandlineException.Invalid} if an option is out of its bounds, or if the address is not one of this machine alone and {@link
     * ServerOptions#setInsecure} does not allow it, and with {@link StrandlineException.Unavailable} if the address cannot be
     * bound.
     *
     * @param log the log, as {@link Strandline#open} made it. It stays open when the server closes
     */
    static Future<StrandlineServer> listen(Vertx vertx, Strandline log, ServerOptions options) {
        return listen(vertx, ServedLog.of(log), options);
    }

    /** As {@link #listen(Vertx, Strandline, ServerOptions)}, for what other doors serve too. */
    static Future<StrandlineServer> listen(Vertx vertx, ServedLog served, ServerOptions options) {
        return Implementation.of(ServerProvider.class).listen(vertx, served, options);
    }

    /** The address that it listens at. */
    String host();

    /** The port that it listens at, also if the options left the choice to the machine. */
    int port();

    /** Clients that are connected. */
    int connections();

    /**
     * Stops. Clients are told to connect elsewhere, requests that have come are answered, and further ones are refused. After
     * {@link ServerOptions#setDrainMillis} connections that are left are cut. The future completes on the caller's context when
     * none is left. Calling it again changes nothing.
     */
    Future<Void> close();
}
