package io.strandline.server.impl.http;

import io.strandline.server.RestOptions;
import io.strandline.server.impl.listening.Arrival;
import io.strandline.server.impl.listening.Connection;
import io.vertx.core.http.HttpConnection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** One connection of a client, and what of it is under way. Belongs to the connection's context. */
final class Peer implements Connection {

    private final HttpConnection connection;
    private final Arrival arrival;
    private final Runnable onGone;
    private final long idleNanos;
    private final long stallNanos;
    private final Set<Exchange> underWay = new HashSet<>();
    private long freeSinceNanos = System.nanoTime();
    private boolean isLeaving;
    private boolean isEnding;
    private long endingSinceNanos;

    Peer(HttpConnection connection, Arrival arrival, RestOptions options, Runnable onGone) {
        this.connection = connection;
        this.arrival = arrival;
        this.onGone = onGone;
        this.idleNanos = TimeUnit.MILLISECONDS.toNanos(options.getIdleMillis());
        this.stallNanos = TimeUnit.MILLISECONDS.toNanos(options.getStallMillis());
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
                end();
            }
        }
    }

    /** Ends the connection if it has no request for too long, and looks at those that are under way. */
    @Override
    public void tick(long nanos) {
        if (isEnding && nanos - endingSinceNanos >= stallNanos) {
            cut();
        } else if (!underWay.isEmpty()) {
            List.copyOf(underWay).forEach(exchange -> exchange.tick(nanos));
        } else if (nanos - freeSinceNanos >= idleNanos) {
            end();
        }
    }

    /** What is open ends, and the connection with its last answer. */
    @Override
    public void leave() {
        isLeaving = true;
        List.copyOf(underWay).forEach(Exchange::leave);
        if (underWay.isEmpty()) {
            end();
        }
    }

    /** Ends the connection when what was written has left, and at the latest after {@link RestOptions#getStallMillis}. */
    @Override
    public void end() {
        if (!isEnding) {
            isEnding = true;
            endingSinceNanos = System.nanoTime();
            connection.close();
        }
    }

    /** Ends the connection at once: its client reads nothing. */
    void cut() {
        arrival.cut();
    }

    @Override
    public void gone() {
        List.copyOf(underWay).forEach(Exchange::gone);
        underWay.clear();
        onGone.run();
    }
}
