package io.strandline.server.impl;

import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.WireOutput;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;

/**
 * The replies of one connection that have not left. Belongs to the connection's context.
 *
 * <p>It counts the bytes that are on their way: those of replies that the socket has not written, and those for which reads in
 * progress have asked. So a client that reads slowly has the server hold a bounded number of bytes for it.
 */
final class ReplyQueue {

    /** What is written at once, so that a client which reads slowly is told from one that reads nothing. */
    private static final int PIECE_BYTES = 64 << 10;

    private final NetSocket socket;
    private final FrameWriter writer = new FrameWriter();
    private final Runnable onLeft;
    private long reserved;
    private long unwritten;
    private long progressNanos = System.nanoTime();

    /** @param onLeft called when all that was flushed together has left */
    ReplyQueue(NetSocket socket, Runnable onLeft) {
        this.socket = socket;
        this.onLeft = onLeft;
    }

    void add(FrameType type, long id) {
        writer.add(type, id);
    }

    void add(FrameType type, long id, WireOutput message) {
        writer.add(type, 0, id, message);
    }

    /** Notes bytes for which a read has asked the log. */
    void reserve(long bytes) {
        reserved += bytes;
    }

    void release(long bytes) {
        reserved -= bytes;
    }

    /** Bytes that are on their way, or will be. */
    long bytes() {
        return reserved + unwritten + writer.bytes();
    }

    /** Bytes that the socket has not written. */
    long unwritten() {
        return unwritten + writer.bytes();
    }

    /** True if bytes wait, and none has left for so long. */
    boolean isStalled(long nanos, long longestNanos) {
        return unwritten > 0 && nanos - progressNanos >= longestNanos;
    }

    /** Writes everything that was added. */
    void flush() {
        if (writer.isEmpty()) {
            return;
        }
        int bytes = Math.toIntExact(writer.bytes());
        if (unwritten == 0) {
            progressNanos = System.nanoTime();
        }
        unwritten += bytes;
        Buffer all = writer.take();
        int from = 0;
        while (bytes - from > PIECE_BYTES) {
            write(all.slice(from, from + PIECE_BYTES), PIECE_BYTES);
            from += PIECE_BYTES;
        }
        // The last piece alone may have more written, at once too: so no frame comes between the pieces.
        write(from == 0 ? all : all.slice(from, bytes), bytes - from).onComplete(left -> onLeft.run());
    }

    private Future<Void> write(Buffer piece, int bytes) {
        return socket.write(piece).onComplete(written -> {
            unwritten -= bytes;
            progressNanos = System.nanoTime();
        });
    }
}
