package io.strandline.server.rest;

import static io.strandline.log.Applications.get;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A client that sends whatever bytes it likes, and keeps what it gets. */
final class RawHttp {

    private final NetSocket socket;
    private final Promise<Void> closed = Promise.promise();
    private final AtomicReference<String> received = new AtomicReference<>("");

    private RawHttp(NetSocket socket) {
        this.socket = socket;
        socket.handler(bytes -> received.accumulateAndGet(bytes.toString("ISO-8859-1"), String::concat));
        socket.exceptionHandler(cause -> {});
        socket.closeHandler(gone -> closed.tryComplete());
    }

    static RawHttp connect(Vertx vertx, int port) {
        return get(vertx.createNetClient().connect(port, "127.0.0.1").map(RawHttp::new));
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

    /** Bytes that come are not read any more. */
    RawHttp stopReading() {
        socket.pause();
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
