package io.strandline.server;

import io.strandline.Strandline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.BindException;
import java.util.concurrent.TimeUnit;

/**
 * Servers that listen where another one did. The port was released and may be taken for a moment: the machine gives it to any
 * connection that begins meanwhile.
 */
final class SamePort {

    private static final long TRIED_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long PAUSE_MILLIS = 20;

    private SamePort() {}

    static Future<StrandlineServer> listen(Vertx vertx, Strandline log, ServerOptions options) {
        Promise<StrandlineServer> listening = Promise.promise();
        listenUntil(System.nanoTime() + TRIED_NANOS, vertx, log, options, listening);
        return listening.future();
    }

    private static void listenUntil(
            long deadlineNanos,
            Vertx vertx,
            Strandline log,
            ServerOptions options,
            Promise<StrandlineServer> listening) {
        StrandlineServer.listen(vertx, log, options).onComplete((server, failure) -> {
            if (server != null) {
                listening.complete(server);
            } else if (isTaken(failure) && System.nanoTime() - deadlineNanos < 0) {
                vertx.setTimer(PAUSE_MILLIS, paused -> listenUntil(deadlineNanos, vertx, log, options, listening));
            } else {
                listening.fail(failure);
            }
        });
    }

    private static boolean isTaken(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return true;
            }
        }
        return false;
    }
}
