package io.strandline.projection.sql;

import io.strandline.StrandlineException;
import io.vertx.core.VertxException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.DatabaseException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** Which failures of the client are those of a database that is away or busy, and so may pass. */
final class SqlFailures {

    /**
     * Classes and values of SQLSTATE: a connection, a lack of resources, a serialization, a deadlock, a lock, a cancelled statement, a
     * server that stops, has crashed or starts, an error of its system, and a server that has become a replica.
     */
    private static final List<String> TRANSIENT =
            List.of("08", "53", "58", "40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "25006");

    private SqlFailures() {}

    /** The failure of a call that changed nothing, or was rolled back. */
    static Throwable typed(Throwable failure) {
        return mayPass(failure) ? unavailable(failure) : failure;
    }

    /** The failure of a call that was made before any event was looked at, so that no event is to blame for it. */
    static Throwable beforeEvents(Throwable failure) {
        return failure instanceof StrandlineException ? failure : unavailable(failure);
    }

    private static StrandlineException unavailable(Throwable failure) {
        return new StrandlineException.Unavailable("the database cannot serve: " + failure, failure);
    }

    /** The failure of a commit. A database that refuses one has rolled back, and one that is away may have done either. */
    static Throwable ofCommit(Throwable failure) {
        if (failure instanceof DatabaseException) {
            return typed(failure);
        }
        return mayPass(failure)
                ? new StrandlineException.Unknown("the database may have committed or not: " + failure, failure)
                : failure;
    }

    private static boolean mayPass(Throwable failure) {
        if (failure instanceof DatabaseException answered) {
            String state = answered.getSqlState();
            return state != null && TRANSIENT.stream().anyMatch(state::startsWith);
        }
        return failure instanceof IOException
                || failure instanceof ClosedConnectionException
                || failure instanceof TimeoutException
                || isOfClient(failure);
    }

    /** The client fails with plain exceptions of Vert.x for connections that have ended, and for a pool that is exhausted. */
    private static boolean isOfClient(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return failure instanceof VertxException
                && !(failure instanceof StrandlineException)
                && (message.startsWith("Connection")
                        || message.startsWith("Timeout")
                        || message.contains("connection has been closed")
                        || message.contains("pool reached max wait queue size"));
    }
}
