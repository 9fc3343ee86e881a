package io.strandline.server.impl.bus;

import io.strandline.client.TlsOptions;
import io.strandline.client.tls.TlsFiles;
import io.strandline.client.tls.TlsReload;
import io.strandline.server.BusBridge;
import io.strandline.server.BusBridgeOptions;
import io.strandline.server.security.Exposure;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.bridge.BridgeEventType;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.sockjs.BridgeEvent;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The SockJS bridge of Vert.x in front of one log. Pages of other sites are refused: a browser on this machine would carry their
 * messages to a log that no credentials protect.
 */
final class SockJsBridge implements BusBridge {

    private static final Logger LOG = Logger.of(SockJsBridge.class);

    private static final Pattern LOOPBACK = Pattern.compile("(?i)(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d{1,5})?");

    /** Longer than the pause between heartbeats of SockJS, which is 25 s. */
    private static final int IDLE_SECONDS = 90;

    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    private final Vertx vertx;
    private final BusBridgeOptions options;
    private final BridgeClients clients;
    private final String name;
    private final @Nullable TlsFiles tls;
    private final HttpServer server;
    private final BridgePlace place;
    private final CloseOnce end;
    private @Nullable TlsReload reload;

    SockJsBridge(Vertx vertx, String name, BusBridgeOptions options, @Nullable TlsFiles tls, DoorCounts counts) {
        this.vertx = vertx;
        this.options = options;
        this.name = name;
        this.tls = tls;
        this.clients = new BridgeClients(name, options, counts);
        this.server = vertx.createHttpServer(http(tls)).requestHandler(router());
        this.place = new BridgePlace(vertx, options);
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.DOORS, "SockJS bridge of " + name, this::closeAll);
    }

    private static HttpServerOptions http(@Nullable TlsFiles tls) {
        HttpServerOptions http = new HttpServerOptions()
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setIdleTimeout(IDLE_SECONDS)
                .setHttp2ClearTextEnabled(false);
        if (tls != null) {
            tls.fillServer(http);
            http.setClientAuth(tls.clientAuth());
        }
        return http;
    }

    private Router router() {
        Router router = Router.router(vertx);
        router.route().handler(this::requireKnownSite);
        router.post(options.getPath() + "/*")
                .handler(BodyHandler.create(false).setBodyLimit(HttpServerOptions.DEFAULT_MAX_WEBSOCKET_MESSAGE_SIZE));
        router.route(options.getPath() + "*")
                .subRouter(SockJSHandler.create(vertx, new SockJSHandlerOptions())
                        .bridge(clients.permit(new SockJSBridgeOptions()), this::heard));
        router.route()
                .handler(routing -> routing.response().setStatusCode(NOT_FOUND).end());
        return router;
    }

    private void heard(BridgeEvent event) {
        boolean isAdmitted = event.type() != BridgeEventType.SOCKET_CREATED || clients.admits(event.socket());
        if (event.type() == BridgeEventType.SOCKET_CLOSED) {
            clients.left(event.socket());
        }
        event.tryComplete(isAdmitted);
    }

    private void requireKnownSite(RoutingContext routing) {
        String host = routing.request().getHeader("Host");
        String origin = routing.request().getHeader("Origin");
        boolean isLocal = Exposure.isOfThisMachine(options.getHost()) && !options.isInsecure();
        boolean isMisdirected =
                isLocal && host != null && !LOOPBACK.matcher(host).matches();
        if (isMisdirected || (origin != null && !isKnown(origin, host))) {
            routing.response().setStatusCode(FORBIDDEN).end();
        } else {
            routing.next();
        }
    }

    private boolean isKnown(String origin, @Nullable String host) {
        return origin.equals(options.getOrigin())
                || (host != null && (origin.equals("http://" + host) || origin.equals("https://" + host)));
    }

    Future<BusBridge> listen() {
        return place.hold()
                .compose(held -> server.listen(options.getPort(), options.getHost()))
                .<BusBridge>map(listening -> {
                    TlsOptions files = options.getTls();
                    if (tls != null && files != null) {
                        reload = TlsReload.begin(
                                vertx, files, "SockJS bridge of " + name, tls, server::updateSSLOptions);
                    }
                    LOG.info("log {} is served by SockJS at {}:{}", name, options.getHost(), server.actualPort());
                    return this;
                })
                .recover(cause -> {
                    end.forget();
                    return place.refused(cause);
                });
    }

    private Future<Void> closeAll() {
        TlsReload reloading = reload;
        if (reloading != null) {
            reloading.end();
        }
        return place.releasedBy(server.close());
    }

    @Override
    public String host() {
        return options.getHost();
    }

    @Override
    public int port() {
        return options.getPort();
    }

    @Override
    public int connections() {
        return clients.connected();
    }

    @Override
    public Future<Void> close() {
        return end.close();
    }
}
