package io.strandline.server.impl;

import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.strandline.client.tls.TlsFiles;
import io.strandline.client.tls.TlsReload;
import io.strandline.client.wire.Failures;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.WireOutput;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.ServerSSLOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server: the same address on several event loops, each with the connections that came to it. */
final class TcpServer implements StrandlineServer {

    private static final Logger LOG = Logger.of(TcpServer.class);
    private static final long TICK_MILLIS = 250;

    private final VertxInternal vertx;
    private final Dispatch dispatch;
    private final ServerOptions options;
    private final @Nullable TlsFiles tls;
    private final Sessions sessions;
    private final List<Acceptor> acceptors = new ArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final CloseOnce end;
    private volatile int port;
    private @Nullable TlsReload reload;
    private volatile @Nullable HeldPlace place;

    /** @param tls keys and certificates to begin with, or null for connections that are not encrypted */
    TcpServer(Vertx vertx, Dispatch dispatch, ServerOptions options, @Nullable TlsFiles tls) {
        this.vertx = (VertxInternal) vertx;
        this.dispatch = dispatch;
        this.options = options;
        this.tls = tls;
        this.sessions = Sessions.of(vertx);
        this.end = CloseOnce.with(
                vertx, CloseOnce.Stage.DOORS, "server of " + dispatch.port().address(), this::closeAll);
    }

    Future<StrandlineServer> listen() {
        int loops = options.getEventLoops() == 0
                ? Math.min(
                        ServerOptions.MAX_DEFAULT_EVENT_LOOPS,
                        Runtime.getRuntime().availableProcessors())
                : options.getEventLoops();
        for (int i = 0; i < loops; i++) {
            // With an end of its own: a Vert.x that closes would otherwise cut the clients before they are told to
            // leave.
            acceptors.add(new Acceptor(vertx.contextBuilder()
                    .withThreadingModel(ThreadingModel.EVENT_LOOP)
                    .withCloseFuture(new CloseFuture())
                    .build()));
        }
        HeldPlace held;
        try {
            held = HeldPlace.hold(vertx, options.getHost(), options.getPort());
        } catch (StrandlineException.Unavailable taken) {
            end.forget();
            return Future.failedFuture(taken);
        }
        place = held;
        int at = held.port();
        return acceptors
                .get(0)
                .listen(at)
                .compose(actual -> {
                    port = actual;
                    List<Future<Integer>> others = new ArrayList<>();
                    acceptors.subList(1, acceptors.size()).forEach(other -> others.add(other.listen(at)));
                    return Future.all(others);
                })
                .<StrandlineServer>map(listening -> {
                    reload = reloading();
                    LOG.info("log {} is served at {}:{}", dispatch.port().address(), options.getHost(), port);
                    return this;
                })
                .recover(cause -> end.close().transform(closed -> Future.failedFuture(cause)));
    }

    /** All servers of one address have the keys of the first one. */
    private @Nullable TlsReload reloading() {
        TlsOptions files = options.getTls();
        return tls == null || files == null
                ? null
                : TlsReload.begin(vertx, files, "server of " + dispatch.port().address(), tls, ssl -> acceptors
                        .get(0)
                        .use(ssl));
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
        HeldPlace held = place;
        if (held != null) {
            held.release();
        }
    }

    /** The connections of one event loop. Everything runs on its context. */
    private final class Acceptor {

        private final ContextInternal context;
        private final Set<ServedConnection> open = new HashSet<>();
        private final Promise<Void> empty = Promise.promise();
        private @Nullable NetServer server;
        private long timer = -1;
        private boolean isLeaving;

        Acceptor(ContextInternal context) {
            this.context = context;
        }

        /** Completes with the port, on any thread. */
        Future<Integer> listen(int at) {
            Promise<Integer> listening = Promise.promise();
            context.runOnContext(turned -> {
                NetServer made = vertx.createNetServer(netOptions());
                server = made;
                timer = context.setPeriodic(TICK_MILLIS, ticked -> tick());
                made.connectHandler(this::accept)
                        .listen(at, options.getHost())
                        .map(NetServer::actualPort)
                        .recover(cause -> Future.failedFuture(new StrandlineException.Unavailable(
                                "cannot listen at " + options.getHost() + ":" + options.getPort() + ": "
                                        + cause.getMessage(),
                                cause)))
                        .onComplete(listening);
            });
            return listening.future();
        }

        private NetServerOptions netOptions() {
            NetServerOptions net = new NetServerOptions().setTcpNoDelay(true);
            if (tls != null) {
                tls.fillServer(net);
                net.setClientAuth(tls.clientAuth())
                        .setSslHandshakeTimeout(options.getHelloMillis())
                        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
            }
            return net;
        }

        /** Has the next connections use other keys. */
        Future<?> use(ServerSSLOptions ssl) {
            NetServer listening = server;
            return listening == null
                    ? Future.failedFuture(new StrandlineException.Unavailable("the server does not listen"))
                    : listening.updateSSLOptions(ssl);
        }

        private void accept(NetSocket socket) {
            if (isLeaving) {
                socket.close();
                return;
            }
            if (connections.incrementAndGet() > options.getMaxConnections()) {
                connections.decrementAndGet();
                WireOutput message = new WireOutput();
                Failures.write(
                        message,
                        new StrandlineException.Overloaded(
                                options.getMaxConnections() + " clients are connected, which is the limit"));
                socket.write(Buffer.buffer(FrameWriter.bytesOf(FrameType.FAILURE, 0, 0, message)));
                socket.close();
                return;
            }
            ServedConnection connection = new ServedConnection(socket, context, options, dispatch, sessions);
            open.add(connection);
            connection.closed().onComplete(closed -> {
                connections.decrementAndGet();
                open.remove(connection);
                if (isLeaving && open.isEmpty()) {
                    empty.tryComplete();
                }
            });
            connection.begin();
        }

        private void tick() {
            long now = System.nanoTime();
            List.copyOf(open).forEach(connection -> connection.tick(now));
        }

        Future<Void> close() {
            Promise<Void> closed = Promise.promise();
            context.runOnContext(turned -> {
                isLeaving = true;
                List.copyOf(open).forEach(ServedConnection::leave);
                if (open.isEmpty()) {
                    empty.tryComplete();
                }
                long late =
                        options.getDrainMillis() == 0 ? -1 : context.setTimer(options.getDrainMillis(), over -> cut());
                if (late < 0) {
                    cut();
                }
                empty.future()
                        .compose(left -> {
                            vertx.cancelTimer(late);
                            vertx.cancelTimer(timer);
                            NetServer listening = server;
                            return listening == null ? Future.succeededFuture() : listening.close();
                        })
                        .onComplete(closed);
            });
            return closed.future();
        }

        private void cut() {
            List.copyOf(open).forEach(ServedConnection::end);
        }
    }
}
