package io.strandline.server.impl.http;

import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.strandline.client.tls.TlsFiles;
import io.strandline.client.tls.TlsReload;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServerOptions;
import io.strandline.server.impl.HeldPlace;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A REST server: the same address on several event loops, each with the connections that came to it. */
public final class HttpDoor implements RestServer {

    private static final Logger LOG = Logger.of(HttpDoor.class);

    private final VertxInternal vertx;
    private final RestOptions options;
    private final String name;
    private final Room held;
    private final List<HttpAcceptor> acceptors = new ArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final CloseOnce end;
    private final @Nullable TlsFiles tls;
    private @Nullable TlsReload reload;
    private volatile int port;
    private volatile @Nullable HeldPlace place;

    /**
     * Makes a server, which does not listen yet.
     *
     * @param name of the log that is served, for messages
     * @param tls keys and certificates to begin with, or null for connections that are not encrypted
     */
    public HttpDoor(Vertx vertx, RestOptions options, String name, @Nullable TlsFiles tls) {
        this.vertx = (VertxInternal) vertx;
        this.options = options;
        this.name = name;
        this.tls = tls;
        this.held = new Room(options.getMaxHeldBytes());
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.DOORS, "REST server of " + name, this::closeAll);
    }

    /**
     * Begins to listen.
     *
     * @param serving makes what serves the requests of an event loop, on its context
     */
    public Future<RestServer> listen(
            HttpServerOptions http, Function<HttpAcceptor, Handler<HttpServerRequest>> serving) {
        int loops = options.getEventLoops() == 0
                ? Math.min(
                        ServerOptions.MAX_DEFAULT_EVENT_LOOPS,
                        Runtime.getRuntime().availableProcessors())
                : options.getEventLoops();
        for (int i = 0; i < loops; i++) {
            // With an end of its own: a Vert.x that closes would otherwise cut what is under way.
            acceptors.add(new HttpAcceptor(
                    vertx.contextBuilder()
                            .withThreadingModel(ThreadingModel.EVENT_LOOP)
                            .withCloseFuture(new CloseFuture())
                            .build(),
                    options,
                    held,
                    connections));
        }
        HeldPlace there;
        try {
            there = HeldPlace.hold(vertx, options.getHost(), options.getPort());
        } catch (StrandlineException.Unavailable taken) {
            end.forget();
            return Future.failedFuture(taken);
        }
        place = there;
        int at = there.port();
        return acceptors
                .get(0)
                .listen(at, http, serving)
                .compose(actual -> {
                    port = actual;
                    List<Future<Integer>> others = new ArrayList<>();
                    acceptors
                            .subList(1, acceptors.size())
                            .forEach(other -> others.add(other.listen(at, http, serving)));
                    return Future.all(others);
                })
                .<RestServer>map(listening -> {
                    reload = reloading();
                    LOG.info("log {} is served at {}://{}:{}", name, scheme(), options.getHost(), port);
                    return this;
                })
                .recover(cause -> end.close().transform(closed -> Future.failedFuture(cause)));
    }

    /** All servers of one address have the keys of the first one. */
    private @Nullable TlsReload reloading() {
        TlsOptions files = options.getTls();
        return tls == null || files == null
                ? null
                : TlsReload.begin(vertx, files, "REST server of " + name, tls, ssl -> acceptors
                        .get(0)
                        .use(ssl));
    }

    private String scheme() {
        return options.getTls() == null ? "http" : "https";
    }

    @Override
    public String host() {
        return options.getHost();
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public int connections() {
        return connections.get();
    }

    /** Room for bytes of request bodies. */
    public Room held() {
        return held;
    }

    @Override
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        TlsReload reloading = reload;
        if (reloading != null) {
            reloading.end();
        }
        List<Future<Void>> closed = new ArrayList<>();
        acceptors.forEach(acceptor -> closed.add(acceptor.close()));
        return Future.join(closed).<Void>mapEmpty().onComplete(done -> release());
    }

    private void release() {
        HeldPlace there = place;
        if (there != null) {
            there.release();
        }
    }
}
