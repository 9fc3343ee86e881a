package io.strandline.server.rest;

import static io.strandline.log.Applications.get;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A client that sends whatever bytes it likes, and keeps what it gets. */
final class RawHttp {

    private final NetSocket socket;
    private final Promise<Void> closed = Promise.promise();
    private final AtomicReference<String> received = new AtomicReference<>("");
    private volatile boolean isGreedy;

    private RawHttp(NetClient client, NetSocket socket) {
        this.socket = socket;
        socket.handler(bytes -> {
            received.accumulateAndGet(bytes.toString("ISO-8859-1"), String::concat);
            if (isGreedy) {
                socket.pause();
            }
        });
        socket.exceptionHandler(cause -> {});
        socket.closeHandler(gone -> {
            client.close(); // and so referred to: Vert.x closes a client that nobody has, and its connections
            closed.tryComplete();
        });
    }

    static RawHttp connect(Vertx vertx, int port) {
        NetClient client = vertx.createNetClient();
        Promise<RawHttp> connected = Promise.promise();
        // On a context, so that the handlers are there before the server can close the connection.
        vertx.runOnContext(begun -> client.connect(port, "127.0.0.1")
                .map(socket -> new RawHttp(client, socket))
                .onComplete(connected));
        return get(connected.future());
    }

    RawHttp send(String text) {
        return send(Buffer.buffer(text, "ISO-8859-1"));
    }

    RawHttp send(Buffer bytes) {
        socket.write(bytes);
        return this;
    }

    String received() {
        return Objects.requireNonNull(received.get());
    }

    /** The first bytes that come are read, and no others. */
    RawHttp readOnce() {
        isGreedy = true;
        return this;
    }

    Future<Void> closed() {
        return closed.future();
    }

    boolean isClosed() {
        return closed.future().isComplete();
    }

    void close() {
        socket.close();
    }
}
