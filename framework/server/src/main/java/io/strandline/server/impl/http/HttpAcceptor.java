package io.strandline.server.impl.http;

import io.strandline.StrandlineException;
import io.strandline.server.RestOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.ServerSSLOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The connections of one event loop. Everything runs on its context. */
public final class HttpAcceptor {

    private static final long TICK_MILLIS = 250;
    private static final int LINE_TOO_LONG = 414;
    private static final int HEADERS_TOO_LONG = 431;

    private final VertxInternal vertx;
    private final ContextInternal context;
    private final RestOptions options;
    private final Room held;
    private final AtomicInteger connections;
    private final Map<HttpConnection, Peer> peers = new HashMap<>();
    private final Promise<Void> empty = Promise.promise();
    private @Nullable HttpServer server;
    private long timer = -1;
    private boolean isLeaving;

    public HttpAcceptor(ContextInternal context, RestOptions options, Room held, AtomicInteger connections) {
        this.vertx = context.owner();
        this.context = context;
        this.options = options;
        this.held = held;
        this.connections = connections;
    }

    public ContextInternal context() {
        return context;
    }

    /**
     * Begins to listen. Completes with the port, on any thread.
     *
     * @param at the port, or a number that names one which the machine chooses
     * @param serving makes what serves the requests of this event loop
     */
    public Future<Integer> listen(
            int at, HttpServerOptions http, Function<HttpAcceptor, Handler<HttpServerRequest>> serving) {
        Promise<Integer> listening = Promise.promise();
        context.runOnContext(turned -> {
            HttpServer made = vertx.createHttpServer(http);
            server = made;
            timer = context.setPeriodic(TICK_MILLIS, ticked -> tick());
            made.connectionHandler(this::connected)
                    .invalidRequestHandler(this::malformed)
                    .requestHandler(serving.apply(this))
                    .listen(at, options.getHost())
                    .map(HttpServer::actualPort)
                    .recover(cause -> Future.failedFuture(new StrandlineException.Unavailable(
                            "cannot listen at " + options.getHost() + ":" + options.getPort() + ": "
                                    + cause.getMessage(),
                            cause)))
                    .onComplete(listening);
        });
        return listening.future();
    }

    /** Has the next connections use other keys. */
    Future<?> use(ServerSSLOptions ssl) {
        HttpServer listening = server;
        return listening == null
                ? Future.failedFuture(new StrandlineException.Unavailable("the server does not listen"))
                : listening.updateSSLOptions(ssl);
    }

    private void connected(HttpConnection connection) {
        if (isLeaving || connections.incrementAndGet() > options.getMaxConnections()) {
            if (!isLeaving) {
                connections.decrementAndGet();
            }
            connection.close();
            return;
        }
        Peer peer = new Peer(connection, options);
        peers.put(connection, peer);
        connection.closeHandler(closed -> {
            connections.decrementAndGet();
            peers.remove(connection);
            peer.gone();
            if (isLeaving && peers.isEmpty()) {
                empty.tryComplete();
            }
        });
        connection.exceptionHandler(cause -> connection.close());
    }

    /** The exchange of a request. Null if it is answered already, or its connection is gone. */
    @Nullable
    public Exchange begun(HttpServerRequest request) {
        Exchange exchange = exchange(request);
        if (exchange != null && isLeaving) {
            exchange.answer(
                    Answer.problem(Problem.of(new StrandlineException.Unavailable("the server stops"), "a request")));
            return null;
        }
        return exchange;
    }

    private @Nullable Exchange exchange(HttpServerRequest request) {
        Peer peer = peers.get(request.connection());
        if (peer == null) {
            request.connection().close();
            return null;
        }
        request.pause();
        Exchange exchange = new Exchange(request, peer, held, options);
        peer.began(exchange);
        return exchange;
    }

    /** What the parser refuses: no HTTP, or a head that is too long. */
    private void malformed(HttpServerRequest request) {
        Exchange exchange = exchange(request);
        if (exchange == null) {
            return;
        }
        Throwable cause = request.decoderResult().cause();
        String name = cause == null ? "" : cause.getClass().getSimpleName();
        int status = name.equals("TooLongHttpLineException")
                ? LINE_TOO_LONG
                : name.equals("TooLongHttpHeaderException") ? HEADERS_TOO_LONG : 400;
        String detail = status == 400 ? "this is no HTTP" : "the limit is " + options.getMaxHeaderBytes() + " bytes";
        exchange.answer(Answer.problem(Problem.malformed(status, detail)).with("Connection", "close"));
    }

    private void tick() {
        long now = System.nanoTime();
        List.copyOf(peers.values()).forEach(peer -> peer.tick(now));
    }

    /** Stops. Completes when no connection is left, on any thread. */
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        context.runOnContext(turned -> {
            isLeaving = true;
            List.copyOf(peers.values()).forEach(Peer::leave);
            if (peers.isEmpty()) {
                empty.tryComplete();
            }
            long late = options.getDrainMillis() == 0 ? -1 : context.setTimer(options.getDrainMillis(), over -> cut());
            if (late < 0) {
                cut();
            }
            empty.future()
                    .compose(left -> {
                        vertx.cancelTimer(late);
                        vertx.cancelTimer(timer);
                        HttpServer listening = server;
                        return listening == null ? Future.succeededFuture() : listening.close();
                    })
                    .onComplete(closed);
        });
        return closed.future();
    }

    private void cut() {
        List.copyOf(peers.values()).forEach(Peer::cut);
    }
}
