package io.strandline.server.impl.http;

import io.strandline.server.RestOptions;
import io.strandline.server.impl.listening.Here;
import io.strandline.server.impl.listening.Outflow;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request and its response. Belongs to the connection's context. It is answered once: whole by {@link #answer}, or bit by bit by
 * {@link #open}.
 *
 * <p>An answer that is given before the request has come whole ends the connection, a moment later, so that the client reads it.
 */
public final class Exchange {

    /** How long a client whose request was refused may go on sending it, to find the answer. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ContextInternal context = ContextInternal.current();
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final RestOptions options;
    private final Peer peer;
    private final RequestBody body;
    private final Outflow outflow;
    private @Nullable OpenResponse open;
    private Runnable leaving = () -> {};
    private boolean isAnswered;
    private boolean isOver;
    private boolean hasResponded;
    /** The connection ends with the answer. Its client may send what comes after on another one, so that is not served. */
    private boolean isLast;

    private long lingerSinceNanos;

    Exchange(HttpServerRequest request, Peer peer, BodyRoom room, RestOptions options) {
        this.request = request;
        this.response = request.response();
        this.options = options;
        this.peer = peer;
        this.body = new RequestBody(request, new HeldBytes(room), options, this::bodyEnded);
        this.outflow = new Outflow(response, options);
        request.exceptionHandler(cause -> gone());
        response.exceptionHandler(cause -> gone());
        response.closeHandler(closed -> gone());
    }

    /** The connection's context. */
    public Context context() {
        return context;
    }

    /** As {@link Here#on}, for the connection's context. */
    public <T> Future<T> here(Future<T> anywhere) {
        return Here.on(context, anywhere);
    }

    // ---- the request

    public HttpServerRequest request() {
        return request;
    }

    public RequestBody body() {
        return body;
    }

    public RestOptions options() {
        return options;
    }

    /** A header, null without one. */
    @Nullable
    public String header(String name) {
        return request.getHeader(name);
    }

    // ---- the response

    public boolean isAnswered() {
        return isAnswered;
    }

    public void answer(Answer answer) {
        if (isAnswered || answer.isSent()) {
            return;
        }
        isAnswered = true;
        head(answer.status(), answer.mediaType());
        answer.headers().forEach(response::putHeader);
        Buffer whole = answer.body();
        if (whole == null) {
            outflow.end().onComplete(ended -> responded());
        } else {
            response.putHeader("Content-Length", Integer.toString(whole.length()));
            outflow.end(whole).onComplete(ended -> responded());
        }
    }

    /** Begins a response that stays open. */
    public OpenResponse open(String mediaType, Buffer heartbeat, OpenResponse.Source source) {
        if (isAnswered) {
            throw new IllegalStateException("the request is answered");
        }
        isAnswered = true;
        head(200, mediaType);
        response.setChunked(true);
        OpenResponse opened = new OpenResponse(outflow, heartbeat, options, source, this::responded);
        open = opened;
        return opened;
    }

    private void head(int status, String mediaType) {
        response.setStatusCode(status);
        response.putHeader("Cache-Control", "no-store");
        response.putHeader("X-Content-Type-Options", "nosniff");
        if (!mediaType.isEmpty()) {
            response.putHeader("Content-Type", mediaType);
        }
        // A response of HTTP/1.0 that stays open has no other end.
        if (peer.isLeaving() || !(body.hasEnded() || body.isInPieces()) || request.version() == HttpVersion.HTTP_1_0) {
            isLast = true;
            response.putHeader("Connection", "close");
        }
    }

    private void responded() {
        hasResponded = true;
        body.release();
        if (body.hasEnded()) {
            over();
        } else {
            lingerSinceNanos = System.nanoTime();
            isLast = true;
            body.discard();
        }
    }

    private void bodyEnded() {
        if (hasResponded) {
            over();
        }
    }

    private void over() {
        if (isOver) {
            return;
        }
        isOver = true;
        peer.ended(this);
        if (isLast) {
            peer.end();
        }
    }

    public void tick(long nanos) {
        OpenResponse opened = open;
        if (opened != null) {
            opened.tick(nanos);
        }
        if (outflow.isStalled(nanos)) {
            peer.cut();
        } else if (hasResponded) {
            if (nanos - lingerSinceNanos >= LINGER_NANOS) {
                peer.end();
            }
        } else if (!isAnswered && body.isLate(nanos)) {
            answer(Answer.problem(Problem.late("the request must come whole", options.getRequestMillis())));
        }
    }

    /** Calls back, at most once, when the server stops or the client is gone before the answer. */
    public void onLeave(Runnable wanted) {
        if (isAnswered || peer.isLeaving()) {
            wanted.run();
        } else {
            leaving = wanted;
        }
    }

    /** The server stops. */
    public void leave() {
        leaving.run();
        OpenResponse opened = open;
        if (opened != null) {
            opened.leave();
        }
    }

    /** The connection is gone. */
    public void gone() {
        if (!isAnswered) {
            isAnswered = true;
            leaving.run();
        }
        OpenResponse opened = open;
        if (opened != null) {
            opened.gone();
        }
        body.gone();
        if (!isOver) {
            isOver = true;
            peer.ended(this);
        }
    }
}
