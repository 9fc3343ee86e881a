package io.strandline.server.impl.http;

import io.strandline.StrandlineException;
import io.strandline.server.RestOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request, which is paused until it is asked for: taken whole, or piece by piece. Belongs to the connection's
 * context.
 */
public final class RequestBody {

    /** Takes a body piece by piece. */
    public interface Pieces {

        void piece(Buffer piece);

        void end();

        /** The client is gone, and nothing more comes. */
        void gone();
    }

    private final HttpServerRequest request;
    private final HeldBytes held;
    private final int maxBytes;
    private final long requestNanos;
    private final Runnable onEnd;
    private final Buffer collected = Buffer.buffer();
    private final Promise<Buffer> whole = Promise.promise();
    private @Nullable Pieces pieces;
    private boolean isDiscarded;
    private boolean hasEnded;
    private final long beganNanos = System.nanoTime();

    /** @param onEnd called when the body has come whole, whoever takes it */
    public RequestBody(HttpServerRequest request, HeldBytes held, RestOptions options, Runnable onEnd) {
        this.request = request;
        this.held = held;
        this.maxBytes = options.getMaxBodyBytes();
        this.requestNanos = TimeUnit.MILLISECONDS.toNanos(options.getRequestMillis());
        this.onEnd = onEnd;
        request.handler(this::take);
        request.endHandler(end -> ended());
    }

    public boolean hasEnded() {
        return hasEnded;
    }

    /** The bytes of it for which the server has room. */
    public HeldBytes held() {
        return held;
    }

    /** The whole body. Fails with {@link Refusal} if it is too long, or if the server holds too many. */
    public Future<Buffer> whole() {
        try {
            long announced = announced();
            if (announced > maxBytes) {
                throw new Refusal(Problem.tooLong("body", announced, maxBytes));
            }
            held.requireRoom(Math.max(0, announced));
        } catch (Refusal refusal) {
            return Future.failedFuture(refusal);
        }
        begin();
        return whole.future();
    }

    /** Completes when the request has come whole. Whatever its body holds is forgotten. */
    public Future<Void> none() {
        isDiscarded = true;
        request.resume();
        return hasEnded ? Future.succeededFuture() : whole.future().mapEmpty();
    }

    /** Hands over the body piece by piece, however long it is. It may be paused meanwhile. */
    public void inPieces(Pieces taker) {
        pieces = taker;
        begin();
    }

    /** True if it is taken piece by piece, and may take as long as the client likes. */
    public boolean isInPieces() {
        return pieces != null && !isDiscarded;
    }

    private void begin() {
        String expected = request.getHeader("Expect");
        if ("100-continue".equalsIgnoreCase(expected)) {
            request.response().writeContinue();
        }
        request.resume();
    }

    /** Length of the body as its header says, -1 without one. */
    private long announced() {
        String length = request.getHeader("Content-Length");
        try {
            return length == null ? -1 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            throw Refusal.of("Content-Length", "Content-Length is no number");
        }
    }

    private void take(Buffer piece) {
        Pieces taker = pieces;
        if (isDiscarded) {
            return;
        }
        if (taker != null) {
            taker.piece(piece);
            return;
        }
        try {
            long length = (long) collected.length() + piece.length();
            if (length > maxBytes) {
                throw new Refusal(Problem.tooLong("body", length, maxBytes));
            }
            held.take(piece.length());
            collected.appendBuffer(piece);
        } catch (Refusal refusal) {
            whole.tryFail(refusal);
        }
    }

    private void ended() {
        hasEnded = true;
        Pieces taker = pieces;
        if (taker == null) {
            whole.tryComplete(collected);
        } else if (!isDiscarded) {
            taker.end();
        }
        onEnd.run();
    }

    public void pause() {
        request.pause();
    }

    public void resume() {
        request.resume();
    }

    /** Nobody wants the rest: it is read and forgotten. */
    public void discard() {
        isDiscarded = true;
        if (!hasEnded) {
            request.resume();
        }
    }

    /** The answer is given: the bytes are not held any more. */
    public void release() {
        held.release();
    }

    /** The connection is gone. What of the body has come, and is still to be handed out, takes no room. */
    public void gone() {
        release();
        Pieces taker = isDiscarded || hasEnded ? null : pieces;
        isDiscarded = true;
        whole.tryFail(new StrandlineException.Unavailable("the client is gone"));
        if (taker != null) {
            taker.gone();
        }
    }

    /** True if a body that is taken whole does not come in time. */
    public boolean isLate(long nanos) {
        return !hasEnded && pieces == null && nanos - beganNanos >= requestNanos;
    }
}
