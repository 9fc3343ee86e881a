package io.strandline.server.impl.http;

import io.strandline.StrandlineException;
import io.strandline.server.RestOptions;
import io.strandline.server.impl.listening.Acceptor;
import io.strandline.server.impl.listening.Arrival;
import io.strandline.server.impl.listening.Listening;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.ServerSSLOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes the connections of clients over HTTP that come to one event loop, and their requests. They belong to its context. */
public final class HttpAcceptor implements Listening {

    private static final int LINE_TOO_LONG = 414;
    private static final int HEADERS_TOO_LONG = 431;

    private final HttpServer server;
    private final Acceptor acceptor;
    private final RestOptions options;
    private final BodyRoom bodies;
    private final Function<HttpAcceptor, Handler<HttpServerRequest>> serving;
    private final Map<HttpConnection, Peer> peers = new HashMap<>();

    HttpAcceptor(
            HttpServer server,
            Acceptor acceptor,
            RestOptions options,
            BodyRoom bodies,
            Function<HttpAcceptor, Handler<HttpServerRequest>> serving) {
        this.server = server;
        this.acceptor = acceptor;
        this.options = options;
        this.bodies = bodies;
        this.serving = serving;
    }

    @Override
    public Future<Integer> listen(int at, String host) {
        return server.connectionHandler(this::connected)
                .invalidRequestHandler(this::malformed)
                .requestHandler(serving.apply(this))
                .listen(at, host)
                .map(HttpServer::actualPort);
    }

    @Override
    public Future<?> use(ServerSSLOptions ssl) {
        return server.updateSSLOptions(ssl);
    }

    @Override
    public Future<Void> close() {
        return server.close();
    }

    private void connected(HttpConnection connection) {
        Arrival arrival = acceptor.arrived(connection.remoteAddress(), connection.localAddress());
        if (arrival == null || !acceptor.admit(arrival)) {
            connection.close();
            return;
        }
        Peer peer = new Peer(connection, arrival, options, () -> peers.remove(connection));
        peers.put(connection, peer);
        arrival.serveBy(peer);
        connection.exceptionHandler(cause -> peer.end());
    }

    /** The exchange of a request. Null if it is answered already, or its connection is gone. */
    @Nullable
    public Exchange begun(HttpServerRequest request) {
        Exchange exchange = exchange(request);
        if (exchange != null && acceptor.isLeaving()) {
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
        Exchange exchange = new Exchange(request, peer, bodies, options);
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
}
