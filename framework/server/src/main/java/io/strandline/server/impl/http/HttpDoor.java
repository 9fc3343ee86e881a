package io.strandline.server.impl.http;

import io.strandline.client.tls.TlsFiles;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.impl.listening.Door;
import io.strandline.spi.Logger;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A REST server. */
public final class HttpDoor implements RestServer {

    private static final Logger LOG = Logger.of(HttpDoor.class);

    private final Vertx vertx;
    private final RestOptions options;
    private final String name;
    private final DoorCounts counts;
    private final BodyRoom bodies;
    private final Door door;

    /**
     * Makes a server, which does not listen yet.
     *
     * @param name of the log that is served, for messages
     * @param tls keys and certificates to begin with, or null for connections that are not encrypted
     * @param counts where connections are counted for others
     * @param last gives back what requests have used, when no connection is left
     */
    public HttpDoor(
            Vertx vertx,
            RestOptions options,
            String name,
            @Nullable TlsFiles tls,
            DoorCounts counts,
            Supplier<Future<Void>> last) {
        this.vertx = vertx;
        this.options = options;
        this.name = name;
        this.counts = counts;
        this.bodies = new BodyRoom(options);
        this.door = new Door(vertx, options, options.getRequestMillis(), "REST server of " + name, tls, last);
    }

    /**
     * Begins to listen.
     *
     * @param serving makes what serves the requests of an event loop, on its context
     */
    public Future<RestServer> listen(
            HttpServerOptions http, Function<HttpAcceptor, Handler<HttpServerRequest>> serving) {
        door.fill(http);
        return door.listen(
                        counts,
                        acceptor -> new HttpAcceptor(vertx.createHttpServer(http), acceptor, options, bodies, serving))
                .<RestServer>map(listens -> {
                    LOG.info("log {} is served at {}://{}:{}", name, scheme(), host(), port());
                    return this;
                });
    }

    private String scheme() {
        return options.getTls() == null ? "http" : "https";
    }

    @Override
    public String host() {
        return door.host();
    }

    @Override
    public int port() {
        return door.port();
    }

    @Override
    public int connections() {
        return door.connections();
    }

    @Override
    public Future<Void> close() {
        return door.close();
    }
}
