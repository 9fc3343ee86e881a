package io.strandline.server.impl.listening;

import io.strandline.server.ListeningOptions;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.util.concurrent.TimeUnit;

/**
 * The bytes for one client that have not left: those of a connection, or of one response. Belongs to the connection's context.
 *
 * <p>They go in pieces, so that a client which reads slowly is told from one that reads nothing.
 */
public final class Outflow {

    private static final int PIECE_BYTES = 64 << 10;

    private final WriteStream<Buffer> client;
    private final long stallNanos;
    private long bytes;
    private int pieces;
    private long progressNanos;

    public Outflow(WriteStream<Buffer> client, ListeningOptions<?> options) {
        this.client = client;
        this.stallNanos = TimeUnit.MILLISECONDS.toNanos(options.getStallMillis());
    }

    /** Bytes that have not left. */
    public long bytes() {
        return bytes;
    }

    /**
     * Writes some bytes. Completes when all of them have left, in the order of writing. What is written then, be it at once, comes after
     * all of them.
     */
    public Future<Void> write(Buffer some) {
        int length = some.length();
        int from = 0;
        while (length - from > PIECE_BYTES) {
            leaving(PIECE_BYTES, client.write(some.slice(from, from + PIECE_BYTES)));
            from += PIECE_BYTES;
        }
        return leaving(length - from, client.write(from == 0 ? some : some.slice(from, length)));
    }

    /** Ends. Completes when everything has left. */
    public Future<Void> end() {
        return leaving(0, client.end());
    }

    /** Writes the last bytes. Completes when everything has left. */
    public Future<Void> end(Buffer last) {
        if (last.length() <= PIECE_BYTES) {
            return leaving(last.length(), client.end(last));
        }
        write(last);
        return end();
    }

    private Future<Void> leaving(int length, Future<Void> written) {
        if (pieces == 0) {
            progressNanos = System.nanoTime();
        }
        pieces++;
        bytes += length;
        return written.onComplete(left -> {
            pieces--;
            bytes -= length;
            progressNanos = System.nanoTime();
        });
    }

    /** True if something waits, and nothing has left for {@link ListeningOptions#getStallMillis}. */
    public boolean isStalled(long nanos) {
        return pieces > 0 && nanos - progressNanos >= stallNanos;
    }
}
