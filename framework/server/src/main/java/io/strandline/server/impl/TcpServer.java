package io.strandline.server.impl;

import io.strandline.client.tls.TlsFiles;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.strandline.server.impl.listening.Acceptor;
import io.strandline.server.impl.listening.Door;
import io.strandline.server.impl.listening.Listening;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServerOptions;
import org.jspecify.annotations.Nullable;

/** A server over TCP. */
final class TcpServer implements StrandlineServer {

    private static final Logger LOG = Logger.of(TcpServer.class);

    private final Vertx vertx;
    private final Dispatch dispatch;
    private final ServerOptions options;
    private final Sessions sessions;
    private final Door door;

    /** @param tls keys and certificates to begin with, or null for connections that are not encrypted */
    TcpServer(Vertx vertx, Dispatch dispatch, ServerOptions options, @Nullable TlsFiles tls) {
        this.vertx = vertx;
        this.dispatch = dispatch;
        this.options = options;
        this.sessions = Sessions.of(vertx);
        this.door = new Door(
                vertx,
                options,
                options.getHelloMillis(),
                "server of " + dispatch.port().address(),
                tls,
                dispatch::close);
    }

    Future<StrandlineServer> listen() {
        return door.listen(dispatch.counts(), this::listening).<StrandlineServer>map(listens -> {
            LOG.info("log {} is served at {}:{}", dispatch.port().address(), host(), port());
            return this;
        });
    }

    private Listening listening(Acceptor acceptor) {
        NetServerOptions net = new NetServerOptions();
        door.fill(net);
        return new TcpListening(vertx.createNetServer(net), acceptor, options, dispatch, sessions);
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
