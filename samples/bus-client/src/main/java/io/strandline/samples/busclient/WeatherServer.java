package io.strandline.samples.busclient;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.server.EventBusOptions;
import io.strandline.server.EventBusServer;
import io.strandline.server.ServedLog;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.StaticHandler;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;

/** Has the log, serves it on the event bus, and lets browsers subscribe to it. */
final class WeatherServer extends VerticleBase {

    private final String directory;
    private final int askedPort;
    private int port;

    /** @param port 0 lets the machine choose */
    WeatherServer(String directory, int port) {
        this.directory = directory;
        this.askedPort = port;
    }

    /** The port of the page, once the verticle is deployed. */
    int port() {
        return port;
    }

    // README: begin serve
    @Override
    public Future<?> start() {
        StreamOptions options = new StreamOptions().setPartitions(2).setCreateScope(true);
        return Strandline.open(vertx, "file:" + directory)
                .compose(log -> log.catalog()
                        .createStream("weather/temperatures", options)
                        .compose(stream ->
                                EventBusServer.serve(vertx, ServedLog.of("weather", log), new EventBusOptions())))
                .compose(server -> listen());
    }
    // README: end serve

    private Future<HttpServer> listen() {
        SockJSBridgeOptions bridge = new SockJSBridgeOptions()
                .addInboundPermitted(new PermittedOptions()
                        .setAddressRegex("strandline\\.weather\\.(readEvents|subscribe|credit|cancel)"))
                .addOutboundPermitted(new PermittedOptions().setAddressRegex("strandline\\.weather\\.to\\..+"));
        Router router = Router.router(vertx);
        router.post("/eventbus/*").handler(BodyHandler.create(false)); // for who has no WebSockets
        router.route("/eventbus*").subRouter(SockJSHandler.create(vertx).bridge(bridge));
        router.route().handler(StaticHandler.create("web"));
        return vertx.createHttpServer()
                .requestHandler(router)
                .listen(askedPort, "127.0.0.1")
                .onSuccess(server -> port = server.actualPort());
    }
}
