package io.strandline.server.impl.http;

import io.strandline.server.RestOptions;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one response that have not left. Belongs to the connection's context.
 *
 * <p>They go in pieces, so that a client which reads slowly is told from one that reads nothing.
 */
final class Outflow {

    private static final int PIECE_BYTES = 64 << 10;

    private final HttpServerResponse response;
    private final long stallNanos;
    private long bytes;
    private int pieces;
    private long progressNanos;

    Outflow(HttpServerResponse response, RestOptions options) {
        this.response = response;
        this.stallNanos = TimeUnit.MILLISECONDS.toNanos(options.getStallMillis());
    }

    /** Bytes that have not left. */
    long bytes() {
        return bytes;
    }

    /** Writes some of a response. Completes when it has left, in the order of writing. */
    Future<Void> write(Buffer some) {
        int from = 0;
        while (some.length() - from > PIECE_BYTES) {
            leaving(PIECE_BYTES, response.write(some.slice(from, from + PIECE_BYTES)));
            from += PIECE_BYTES;
        }
        return leaving(some.length() - from, response.write(some.slice(from, some.length())));
    }

    /** Ends a response. Completes when all of it has left. */
    Future<Void> end() {
        return leaving(0, response.end());
    }

    /** Writes a whole response. Completes when all of it has left. */
    Future<Void> whole(@Nullable Buffer body) {
        if (body == null) {
            return end();
        }
        if (body.length() <= PIECE_BYTES) {
            return leaving(body.length(), response.end(body));
        }
        response.putHeader("Content-Length", Integer.toString(body.length()));
        write(body);
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

    /** True if something waits, and nothing has left for {@link RestOptions#getStallMillis}. */
    boolean isStalled(long nanos) {
        return pieces > 0 && nanos - progressNanos >= stallNanos;
    }
}
