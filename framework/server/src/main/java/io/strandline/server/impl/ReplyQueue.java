package io.strandline.server.impl;

import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.WireOutput;
import io.vertx.core.net.NetSocket;

/**
 * The replies of one connection that have not left. Belongs to the connection's context.
 *
 * <p>It counts the bytes that are on their way: those of replies that the socket has not written, and those for which reads in
 * progress have asked. So a client that reads slowly has the server hold a bounded number of bytes for it.
 */
final class ReplyQueue {

    private final NetSocket socket;
    private final FrameWriter writer = new FrameWriter();
    private final Runnable onLeft;
    private long reserved;
    private long unwritten;
    private long progressNanos = System.nanoTime();

    /** @param onLeft called when bytes have left */
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

    /** Writes everything that was added, at once. */
    void flush() {
        if (writer.isEmpty()) {
            return;
        }
        long bytes = writer.bytes();
        if (unwritten == 0) {
            progressNanos = System.nanoTime();
        }
        unwritten += bytes;
        socket.write(writer.take()).onComplete(written -> {
            unwritten -= bytes;
            progressNanos = System.nanoTime();
            onLeft.run();
        });
    }
}
