package io.strandline.server.impl;

import io.strandline.StrandlineException;
import io.strandline.client.wire.Hello.Session;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The newest connection of each client's session. A later one is served when the one before it takes nothing more, so that what a
 * client has given up does not come after what it sent next. All servers of a Vert.x instance share it: a client may have
 * several addresses of one log. Callable from any thread.
 */
final class Sessions implements Shareable {

    private static final String MAP = "io.strandline.server.sessions";

    private final Map<Session, ServedConnection> newest = new ConcurrentHashMap<>();

    private Sessions() {}

    static Sessions of(Vertx vertx) {
        LocalMap<String, Sessions> all = vertx.sharedData().getLocalMap(MAP);
        return all.computeIfAbsent(MAP, none -> new Sessions());
    }

    /**
     * Makes a connection the newest of its session. Completes, on any thread, when the one before it takes nothing more. Fails with
     * Fenced if it is not the newest.
     */
    Future<Void> enter(Session session, ServedConnection connection) {
        ServedConnection[] before = {null};
        ServedConnection now = newest.compute(session, (same, known) -> {
            before[0] = known;
            return known == null || known.number() < connection.number() ? connection : known;
        });
        if (now != connection) {
            return Future.failedFuture(new StrandlineException.Fenced(
                    "connection " + connection.number() + " of a client that has opened connection " + now.number()));
        }
        ServedConnection known = before[0];
        return known == null ? Future.succeededFuture() : known.supersede();
    }

    /** The connection is over. */
    void leave(Session session, ServedConnection connection) {
        newest.remove(session, connection);
    }
}
