package io.strandline.server.impl.http;

import io.strandline.server.RestOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.TimeUnit;

/**
 * A response that stays open, with what it has not sent. Belongs to the connection's context.
 *
 * <p>It is full from {@link RestOptions#getMaxReplyBytes} on that have not left. Whoever writes to it stops then, until it has
 * drained. After a pause it sends an empty line, which lines of JSON and server-sent events allow, so that a lost client is
 * noticed.
 */
public final class OpenResponse {

    /** Whoever writes to the response. */
    public interface Source {

        /** There is room again. */
        void drained();

        /** The response is to end, because the server stops. */
        void leave();

        /** Called from time to time. */
        default void tick(long nanos) {}

        /** The client is gone, or the response is over: nothing more is to be written. */
        void over();
    }

    private final HttpServerResponse response;
    private final Buffer heartbeat;
    private final long maxBytes;
    private final long heartbeatNanos;
    private final long stallNanos;
    private final Source source;
    private final Runnable onEnd;
    private long unwritten;
    private boolean wasFull;
    private boolean isOver;
    private long writtenNanos = System.nanoTime();
    private long progressNanos = writtenNanos;

    /** @param onEnd called when all of it has left */
    public OpenResponse(
            HttpServerResponse response, Buffer heartbeat, RestOptions options, Source source, Runnable onEnd) {
        this.response = response;
        this.heartbeat = heartbeat;
        this.maxBytes = options.getMaxReplyBytes();
        this.heartbeatNanos = TimeUnit.MILLISECONDS.toNanos(options.getHeartbeatMillis());
        this.stallNanos = TimeUnit.MILLISECONDS.toNanos(options.getStallMillis());
        this.source = source;
        this.onEnd = onEnd;
    }

    public boolean isFull() {
        return unwritten >= maxBytes;
    }

    public boolean isOver() {
        return isOver;
    }

    public void write(Buffer bytes) {
        if (isOver) {
            return;
        }
        long now = System.nanoTime();
        if (unwritten == 0) {
            progressNanos = now;
        }
        writtenNanos = now;
        int length = bytes.length();
        unwritten += length;
        wasFull = wasFull || isFull();
        response.write(bytes).onComplete(written -> left(length));
    }

    private void left(int length) {
        unwritten -= length;
        progressNanos = System.nanoTime();
        if (wasFull && unwritten <= maxBytes / 2 && !isOver) {
            wasFull = false;
            source.drained();
        }
    }

    /** Ends the response. */
    public void end() {
        if (!isOver) {
            isOver = true;
            response.end().onComplete(ended -> onEnd.run());
            source.over();
        }
    }

    /** Returns false if nothing has left for too long, and the connection is to be cut. */
    public boolean tick(long nanos) {
        if (isOver) {
            return true;
        }
        source.tick(nanos);
        if (isFull() && nanos - progressNanos >= stallNanos) {
            return false;
        }
        if (!isFull() && nanos - writtenNanos >= heartbeatNanos) {
            write(heartbeat.copy());
        }
        return true;
    }

    public void leave() {
        if (!isOver) {
            source.leave();
        }
    }

    /** The client is gone. */
    public void gone() {
        if (!isOver) {
            isOver = true;
            source.over();
        }
    }
}
