package io.strandline.server.impl;

import io.strandline.StrandlineException;
import io.strandline.client.wire.Failures;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.WireOutput;
import io.strandline.server.ServerOptions;
import io.strandline.server.impl.listening.Acceptor;
import io.strandline.server.impl.listening.Arrival;
import io.strandline.server.impl.listening.Listening;
import io.strandline.server.impl.operation.Dispatch;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.ServerSSLOptions;

/** Takes the connections of clients over TCP that come to one event loop. */
final class TcpListening implements Listening {

    private final NetServer server;
    private final Acceptor acceptor;
    private final ServerOptions options;
    private final Dispatch dispatch;
    private final Sessions sessions;

    TcpListening(NetServer server, Acceptor acceptor, ServerOptions options, Dispatch dispatch, Sessions sessions) {
        this.server = server;
        this.acceptor = acceptor;
        this.options = options;
        this.dispatch = dispatch;
        this.sessions = sessions;
    }

    @Override
    public Future<Integer> listen(int at, String host) {
        return server.connectHandler(this::accept).listen(at, host).map(NetServer::actualPort);
    }

    @Override
    public Future<?> use(ServerSSLOptions ssl) {
        return server.updateSSLOptions(ssl);
    }

    @Override
    public Future<Void> close() {
        return server.close();
    }

    private void accept(NetSocket socket) {
        Arrival arrival = acceptor.arrived(socket.remoteAddress(), socket.localAddress());
        if (arrival == null) {
            socket.close();
            return;
        }
        if (!acceptor.admit(arrival)) {
            refuse(socket);
            return;
        }
        ServedConnection connection =
                new ServedConnection(socket, arrival, acceptor.context(), options, dispatch, sessions);
        arrival.serveBy(connection);
        connection.begin();
    }

    private void refuse(NetSocket socket) {
        WireOutput message = new WireOutput();
        Failures.write(
                message,
                new StrandlineException.Overloaded(
                        options.getMaxConnections() + " clients are connected, which is the limit"));
        socket.write(Buffer.buffer(FrameWriter.bytesOf(FrameType.FAILURE, 0, 0, message)));
        socket.close();
    }
}
