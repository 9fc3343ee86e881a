package io.strandline.client.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.client.ClientOptions;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Engine;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;

/** Opens a log in another process: {@code tcp://host:port[,host:port]}. */
public final class TcpEngine implements Engine {

    private final long refusedMillis;

    /** For {@link java.util.ServiceLoader}. */
    public TcpEngine() {
        this(Refusals.MIN_MILLIS);
    }

    /** @param refusedMillis shortest time for which a server is not shown again what it has refused */
    TcpEngine(long refusedMillis) {
        this.refusedMillis = refusedMillis;
    }

    @Override
    public String scheme() {
        return Addresses.SCHEME;
    }

    @Override
    public Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options) {
        ContextInternal caller = (ContextInternal) vertx.getOrCreateContext();
        Promise<Strandline> answer = caller.promise();
        Addresses addresses;
        ClientOptions copy;
        try {
            copy = new ClientOptions(options);
            copy.validate();
            addresses = Addresses.parse(address);
        } catch (StrandlineException e) {
            return caller.failedFuture(e);
        }
        Link link = new Link(vertx, addresses, copy, refusedMillis);
        CloseOnce end;
        try {
            end = CloseOnce.with(
                    vertx, CloseOnce.Stage.LOGS, "log " + address, () -> closeOpening(link, address, answer));
        } catch (StrandlineException.Unavailable vertxCloses) {
            return Future.failedFuture(vertxCloses); // its contexts may have ended
        }
        link.open()
                .map(welcome -> LogPort.strandline(vertx, new TcpPort(address, link, welcome)))
                .recover(failure -> link.close().transform(closed -> Future.failedFuture(failure)))
                .onComplete((log, failure) -> {
                    // From here on the log closes with Vert.x by itself.
                    end.forget();
                    if (failure == null) {
                        answer.tryComplete(log);
                    } else {
                        answer.tryFail(failure);
                    }
                });
        return answer.future();
    }

    /** Vert.x closes meanwhile: who waits for the log is told before it has closed. */
    private static Future<Void> closeOpening(Link link, String address, Promise<Strandline> answer) {
        return link.close()
                .onComplete(closed -> answer.tryFail(new StrandlineException.Unavailable(
                        "log " + address + " was not opened: its Vert.x instance is closed")));
    }
}
