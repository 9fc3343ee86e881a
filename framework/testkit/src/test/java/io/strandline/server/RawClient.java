package io.strandline.server;

import io.strandline.client.operation.Operation;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameReader;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.Hello;
import io.strandline.client.wire.WireOutput;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A client that sends what a test says, frame by frame or byte by byte. */
final class RawClient {

    /** A read of a socket of Vert.x gives so many bytes at most. */
    private static final long LONGEST_CHUNK_BYTES = 64 << 10;

    final List<Frame> frames = new CopyOnWriteArrayList<>();
    private final NetSocket socket;
    private final FrameReader reader;
    private final Promise<Void> closed = Promise.promise();

    private RawClient(NetClient client, NetSocket socket) {
        this.socket = socket;
        this.reader = new FrameReader(frames::add);
        reader.setMaxFrameBytes(1 << 30);
        socket.handler(reader::read);
        socket.exceptionHandler(reset -> {});
        socket.closeHandler(gone -> {
            client.close(); // and so referred to: Vert.x closes a client that nobody has, and its connections
            closed.complete();
        });
    }

    static Future<RawClient> connect(Vertx vertx, int port) {
        return connect(vertx, port, new NetClientOptions());
    }

    /** As {@link #connect(Vertx, int)}, from an address of this machine that the options may name. */
    static Future<RawClient> connect(Vertx vertx, int port, NetClientOptions options) {
        NetClient client = vertx.createNetClient(options);
        Promise<RawClient> connected = Promise.promise();
        // On a context, so that the handlers are there before the server can close the connection.
        vertx.runOnContext(begun -> client.connect(port, "127.0.0.1")
                .map(socket -> new RawClient(client, socket))
                .onComplete(connected));
        return connected.future();
    }

    /** Completes when the connection is gone. */
    Future<Void> closed() {
        return closed.future();
    }

    boolean isClosed() {
        return closed.future().isComplete();
    }

    NetSocket socket() {
        return socket;
    }

    /** Reads so many bytes in a millisecond from here on, and no more. Counts them. */
    AtomicLong readAt(Vertx vertx, long bytesInAMillisecond) {
        socket.pause();
        long began = System.nanoTime();
        AtomicLong taken = new AtomicLong();
        socket.handler(chunk -> {
            taken.addAndGet(chunk.length());
            reader.read(chunk);
        });
        long timer = vertx.setPeriodic(5, due -> {
            long may = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) * bytesInAMillisecond;
            if (taken.get() < may) {
                socket.fetch(1 + (may - taken.get()) / LONGEST_CHUNK_BYTES);
            }
        });
        closed().onComplete(gone -> vertx.cancelTimer(timer));
        return taken;
    }

    RawClient send(byte[] bytes) {
        socket.write(Buffer.buffer(bytes));
        return this;
    }

    static byte[] hello(Hello.Session session, long connection) {
        WireOutput out = new WireOutput();
        new Hello(1, 1, session, connection, 1 << 24, "raw", new byte[0]).write(out);
        return FrameWriter.bytesOf(FrameType.HELLO, 0, 0, out);
    }

    static Hello.Session session() {
        return new Hello.Session(
                ThreadLocalRandom.current().nextLong(),
                ThreadLocalRandom.current().nextLong());
    }

    RawClient greet() {
        return send(hello(session(), 1));
    }

    static <Q> byte[] request(Operation<Q, ?> operation, long id, Q request) {
        return FrameWriter.bytesOf(FrameType.REQUEST, operation.number(), id, operation.requestOf(request));
    }

    <Q> RawClient call(Operation<Q, ?> operation, long id, Q request) {
        return send(request(operation, id, request));
    }

    /** Frames of a type that have come. */
    List<Frame> of(FrameType type) {
        return frames.stream().filter(frame -> frame.type() == type).toList();
    }
}
