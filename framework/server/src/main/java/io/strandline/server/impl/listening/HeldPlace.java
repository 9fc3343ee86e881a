package io.strandline.server.impl.listening;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Host and port of one door. Vert.x lets all servers of an instance share a port, whatever their protocols, and would give each of
 * them some of the clients.
 */
public final class HeldPlace {

    private static final String PLACES = "io.strandline.server.places";

    /** Names of ports that the machine chooses. Servers of Vert.x that listen at one of them share what it becomes. */
    private static final AtomicInteger CHOSEN = new AtomicInteger();

    /** The system has the port of a closed socket until the event loop that accepted has looked at its sockets once more. */
    private static final long PORT_MILLIS = 10;

    private final LocalMap<String, Boolean> places;
    private final String place;
    private final int port;

    private HeldPlace(LocalMap<String, Boolean> places, String place, int port) {
        this.places = places;
        this.place = place;
        this.port = port;
    }

    /**
     * Holds a place until it is released. Callable from any thread.
     *
     * @param port 0 for one that the machine chooses
     * @throws StrandlineException.Unavailable if another door of the instance holds it
     */
    public static HeldPlace hold(Vertx vertx, String host, int port) {
        LocalMap<String, Boolean> places = vertx.sharedData().getLocalMap(PLACES);
        int at = port == 0 ? CHOSEN.decrementAndGet() | Integer.MIN_VALUE : port;
        String place = host + ":" + at;
        if (places.putIfAbsent(place, true) != null) {
            throw new StrandlineException.Unavailable(
                    "cannot listen at " + place + ": another server of this Vert.x instance does");
        }
        return new HeldPlace(places, place, at);
    }

    /** Why a server does not listen, if that is what failed: a failure that says what it is stays as it is. */
    public static Throwable cannotListen(String host, int port, Throwable cause) {
        return cause instanceof StrandlineException
                ? cause
                : new StrandlineException.Unavailable(
                        "cannot listen at " + host + ":" + port + ": " + cause.getMessage(), cause);
    }

    /** The port at which the servers of all event loops are to listen. Negative if the machine chooses. */
    int port() {
        return port;
    }

    /** Completes when a port is free whose socket was closed now, on any thread. */
    public static Future<Void> freed(Vertx vertx) {
        return vertx.timer(PORT_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Another door may have it. Callable from any thread. */
    public void release() {
        places.remove(place);
    }
}
