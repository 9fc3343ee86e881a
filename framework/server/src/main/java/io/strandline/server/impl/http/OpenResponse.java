package io.strandline.server.impl.http;

import io.strandline.server.RestOptions;
import io.strandline.server.impl.listening.Outflow;
import io.vertx.core.buffer.Buffer;
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

    private final Outflow outflow;
    private final Buffer heartbeat;
    private final long maxBytes;
    private final long heartbeatNanos;
    private final Source source;
    private final Runnable onEnd;
    private boolean wasFull;
    private boolean isOver;
    private long writtenNanos = System.nanoTime();

    /** @param onEnd called when all of it has left */
    OpenResponse(Outflow outflow, Buffer heartbeat, RestOptions options, Source source, Runnable onEnd) {
        this.outflow = outflow;
        this.heartbeat = heartbeat;
        this.maxBytes = options.getMaxReplyBytes();
        this.heartbeatNanos = TimeUnit.MILLISECONDS.toNanos(options.getHeartbeatMillis());
        this.source = source;
        this.onEnd = onEnd;
    }

    public boolean isFull() {
        return outflow.bytes() >= maxBytes;
    }

    public boolean isOver() {
        return isOver;
    }

    public void write(Buffer bytes) {
        if (isOver) {
            return;
        }
        writtenNanos = System.nanoTime();
        outflow.write(bytes).onComplete(written -> left());
        wasFull = wasFull || isFull();
    }

    private void left() {
        if (wasFull && outflow.bytes() <= maxBytes / 2 && !isOver) {
            wasFull = false;
            source.drained();
        }
    }

    /** Ends the response. */
    public void end() {
        if (!isOver) {
            isOver = true;
            outflow.end().onComplete(ended -> onEnd.run());
            source.over();
        }
    }

    void tick(long nanos) {
        if (isOver) {
            return;
        }
        source.tick(nanos);
        if (!isFull() && nanos - writtenNanos >= heartbeatNanos) {
            write(heartbeat.copy());
        }
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
