package io.strandline.server.impl.listening;

import io.vertx.core.Future;
import io.vertx.core.net.ServerSSLOptions;

/** A server of Vert.x on one event loop, whose protocol its door does not know. */
public interface Listening {

    /**
     * Begins to listen. Called on the context of the acceptor. Completes with the port, on any thread.
     *
     * @param at the port, or a number that names one which the machine chooses
     */
    Future<Integer> listen(int at, String host);

    /** Has the next connections of all servers at this address use other keys. Callable from any thread. */
    Future<?> use(ServerSSLOptions ssl);

    /** Ends. No connection is left. */
    Future<Void> close();
}
