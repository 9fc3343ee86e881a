package io.strandline.server.impl;

import io.strandline.StrandlineException;
import io.strandline.client.wire.Hello.Session;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest connection of each client's session. A later one is served when all before it take nothing more, so that what a
 * client has given up does not come after what it sent next. That holds also if one that waits for it is given up. All servers of a Vert.x instance share it: a client may have
 * several addresses of one log. Callable from any thread.
 */
final class Sessions implements Shareable {

    private static final String MAP = "io.strandline.server.sessions";

    private final Map<Session, Newest> newest = new ConcurrentHashMap<>();

    Sessions() {}

    /** A connection, as its session sees it. */
    interface Member {

        /** Number of the connection in its session. */
        long number();

        /** Another connection takes over. Completes, on any thread, when this one takes nothing more. */
        Future<Void> supersede();
    }

    /** The newest connection of a session. */
    private static final class Newest {

        private final long number;
        /** Null if it is over, and earlier ones may not be. */
        private final @Nullable Member connection;
        /** Completes when all before it take nothing more. */
        private final Future<Void> earlier;

        Newest(long number, @Nullable Member connection, Future<Void> earlier) {
            this.number = number;
            this.connection = connection;
            this.earlier = earlier;
        }

        /** Completes when it takes nothing more either. */
        Future<Void> supersede() {
            return connection == null
                    ? earlier
                    : Future.join(earlier, connection.supersede()).mapEmpty();
        }
    }

    static Sessions of(Vertx vertx) {
        LocalMap<String, Sessions> all = vertx.sharedData().getLocalMap(MAP);
        return all.computeIfAbsent(MAP, none -> new Sessions());
    }

    /**
     * Makes a connection the newest of its session. Completes, on any thread, when all before it take nothing more. Fails with
     * Fenced if it is not the newest.
     */
    Future<Void> enter(Session session, Member connection) {
        Promise<Void> earlier = Promise.promise();
        Newest made = new Newest(connection.number(), connection, earlier.future());
        Newest[] before = {null};
        Newest now = newest.compute(session, (same, known) -> {
            before[0] = known;
            return known == null || known.number < made.number ? made : known;
        });
        if (now != made) {
            return Future.failedFuture(new StrandlineException.Fenced(
                    "connection " + made.number + " of a client that has opened connection " + now.number));
        }
        Newest known = before[0];
        if (known == null) {
            earlier.complete();
        } else {
            known.supersede().onComplete(earlier);
        }
        return earlier.future();
    }

    /** The connection is over. Those before it are remembered until they are. */
    void leave(Session session, Member connection) {
        Newest left = newest.computeIfPresent(session, (same, known) -> {
            if (known.connection != connection) {
                return known;
            }
            return known.earlier.isComplete() ? null : new Newest(known.number, null, known.earlier);
        });
        if (left != null && left.connection == null) {
            left.earlier.onComplete(over -> newest.remove(session, left));
        }
    }

    /** Sessions with a connection that may take something. */
    int count() {
        return newest.size();
    }
}
