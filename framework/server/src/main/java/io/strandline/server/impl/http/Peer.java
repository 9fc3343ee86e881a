package io.strandline.server.impl.http;

import io.strandline.server.RestOptions;
import io.vertx.core.http.HttpConnection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** One connection of a client, and what of it is under way. Belongs to the connection's context. */
public final class Peer {

    private final HttpConnection connection;
    private final long idleNanos;
    private final Set<Exchange> underWay = new HashSet<>();
    private long freeSinceNanos = System.nanoTime();
    private boolean isLeaving;

    Peer(HttpConnection connection, RestOptions options) {
        this.connection = connection;
        this.idleNanos = TimeUnit.MILLISECONDS.toNanos(options.getIdleMillis());
    }

    boolean isLeaving() {
        return isLeaving;
    }

    void began(Exchange exchange) {
        underWay.add(exchange);
    }

    void ended(Exchange exchange) {
        if (underWay.remove(exchange) && underWay.isEmpty()) {
            freeSinceNanos = System.nanoTime();
            if (isLeaving) {
                cut();
            }
        }
    }

    /** Cuts the connection if it has no request for too long, and looks at those that are under way. */
    void tick(long nanos) {
        if (underWay.isEmpty()) {
            if (nanos - freeSinceNanos >= idleNanos) {
                cut();
            }
            return;
        }
        List.copyOf(underWay).forEach(exchange -> exchange.tick(nanos));
    }

    /** The server stops: what is open ends, and the connection with its last answer. */
    void leave() {
        isLeaving = true;
        List.copyOf(underWay).forEach(Exchange::leave);
        if (underWay.isEmpty()) {
            cut();
        }
    }

    void cut() {
        connection.close();
    }

    /** The connection is gone. */
    void gone() {
        List.copyOf(underWay).forEach(Exchange::gone);
        underWay.clear();
    }
}
