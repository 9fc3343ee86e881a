package io.strandline.client.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.client.ClientOptions;
import io.strandline.spi.Engine;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;

/** Opens a log in another process: {@code tcp://host:port[,host:port]}. */
public final class TcpEngine implements Engine {

    /** For {@link java.util.ServiceLoader}. */
    public TcpEngine() {}

    @Override
    public String scheme() {
        return Addresses.SCHEME;
    }

    @Override
    public Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options) {
        ContextInternal caller = (ContextInternal) vertx.getOrCreateContext();
        PromiseInternal<Strandline> promise = caller.promise();
        openPort(vertx, address, options)
                .map(port -> LogPort.strandline(vertx, port))
                .onComplete(promise);
        return promise.future();
    }

    /** As {@link #open}, without the writers and readers over it. Completes on any thread. */
    static Future<LogPort> openPort(Vertx vertx, String address, StrandlineOptions options) {
        Addresses addresses;
        ClientOptions copy;
        try {
            copy = new ClientOptions(options);
            copy.validate();
            addresses = Addresses.parse(address);
        } catch (StrandlineException e) {
            return Future.failedFuture(e);
        }
        Link link = new Link(vertx, addresses, copy);
        return link.open()
                .<LogPort>map(welcome -> new TcpPort(address, link, welcome))
                .recover(failure -> link.close().transform(closed -> Future.failedFuture(failure)));
    }
}
