package io.strandline.server.impl.bus;

import io.strandline.StrandlineException;
import io.strandline.server.BusBridgeOptions;
import io.strandline.server.impl.listening.HeldPlace;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** The host and port of one bridge, from before it listens until it is closed. Callable from any thread. */
final class BridgePlace {

    /** Vert.x closes a connection when what was written has left, which a client that reads nothing would delay for ever. */
    private static final long CLOSE_MILLIS = 5_000;

    private final Vertx vertx;
    private final BusBridgeOptions options;
    private volatile @Nullable HeldPlace held;

    BridgePlace(Vertx vertx, BusBridgeOptions options) {
        this.vertx = vertx;
        this.options = options;
    }

    /** Fails with Unavailable if another door of the Vert.x instance has it. */
    Future<Void> hold() {
        try {
            held = HeldPlace.hold(vertx, options.getHost(), options.getPort());
            return Future.succeededFuture();
        } catch (StrandlineException.Unavailable taken) {
            return Future.failedFuture(taken);
        }
    }

    /** The failure of an opening. Another door may have the place. */
    <T> Future<T> refused(Throwable cause) {
        release();
        return Future.failedFuture(HeldPlace.cannotListen(options.getHost(), options.getPort(), cause));
    }

    /** Another door has the place when this one is closed. Completes within some {@value #CLOSE_MILLIS} ms. */
    Future<Void> releasedBy(Future<Void> closed) {
        Promise<Void> released = Promise.promise();
        long timer = vertx.setTimer(CLOSE_MILLIS, late -> released.tryComplete());
        closed.onComplete(done -> {
            vertx.cancelTimer(timer);
            HeldPlace.freed(vertx).onComplete(free -> released.tryComplete());
        });
        return released.future().onComplete(done -> release());
    }

    private void release() {
        HeldPlace place = held;
        if (place != null) {
            held = null;
            place.release();
        }
    }
}
