package io.strandline.server.impl;

import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.WireOutput;
import io.strandline.server.ServerOptions;
import io.strandline.server.impl.listening.Outflow;
import io.vertx.core.net.NetSocket;

/**
 * The replies of one connection that have not left. Belongs to the connection's context.
 *
 * <p>It counts the bytes that are on their way: those of replies that the socket has not written, and those for which reads in
 * progress have asked. So a client that reads slowly has the server hold a bounded number of bytes for it.
 */
final class ReplyQueue {

    private final Outflow outflow;
    private final FrameWriter writer = new FrameWriter();
    private final Runnable onLeft;
    private long reserved;

    /** @param onLeft called when all that was flushed together has left */
    ReplyQueue(NetSocket socket, ServerOptions options, Runnable onLeft) {
        this.outflow = new Outflow(socket, options);
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
        return reserved + unwritten();
    }

    /** Bytes that the socket has not written. */
    long unwritten() {
        return outflow.bytes() + writer.bytes();
    }

    /** True if bytes wait, and none has left for {@link ServerOptions#getStallMillis}. */
    boolean isStalled(long nanos) {
        return outflow.isStalled(nanos);
    }

    /** Writes everything that was added. */
    void flush() {
        if (!writer.isEmpty()) {
            outflow.write(writer.take()).onComplete(left -> onLeft.run());
        }
    }
}
