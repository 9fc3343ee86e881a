package io.strandline.server.impl.http;

import io.strandline.server.RestOptions;
import io.strandline.server.impl.listening.Outflow;
import io.strandline.server.security.Identity;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Map;
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

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final RestOptions options;
    private final Peer peer;
    private final RequestBody body;
    private final Outflow outflow;
    private Map<String, String> path = Map.of();
    private MultiMap query = MultiMap.caseInsensitiveMultiMap();
    private String bodyType = "";
    private String answerType = "";
    private Identity who = Identity.ANONYMOUS;
    private @Nullable OpenResponse open;
    private Runnable leaving = () -> {};
    private boolean isAnswered;
    private boolean isOver;
    private boolean hasResponded;
    private long lingerSinceNanos;

    Exchange(HttpServerRequest request, Peer peer, Room held, RestOptions options) {
        this.request = request;
        this.response = request.response();
        this.options = options;
        this.peer = peer;
        this.body = new RequestBody(request, held, options, this::bodyEnded);
        this.outflow = new Outflow(response, options);
        request.exceptionHandler(cause -> gone());
        response.exceptionHandler(cause -> gone());
        response.closeHandler(closed -> gone());
    }

    /** The request belongs to a route now. */
    public void routed(Map<String, String> pathParameters, MultiMap queryParameters) {
        path = pathParameters;
        query = queryParameters;
    }

    /** The forms of body and answer are known. */
    public void negotiated(String ofBody, String ofAnswer) {
        bodyType = ofBody;
        answerType = ofAnswer;
    }

    /** Media type of the body, one that the route takes. */
    public String bodyType() {
        return bodyType;
    }

    /** Media type of a successful answer, one that the route gives. */
    public String answerType() {
        return answerType;
    }

    /** Who calls, as authentication has found out. */
    public void by(Identity caller) {
        who = caller;
    }

    public Identity who() {
        return who;
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

    /** A part of the path. */
    public String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no {" + name + "}");
        }
        return value;
    }

    /** A parameter of the query, null without one. It occurs once. */
    @Nullable
    public String query(String name) {
        List<String> values = query.getAll(name);
        if (values.size() > 1) {
            throw Refusal.of(name, name + " is given " + values.size() + " times");
        }
        return values.isEmpty() ? null : values.get(0);
    }

    /** A whole number of the query. */
    public long query(String name, long otherwise, long least, long most) {
        String text = query(name);
        if (text == null) {
            return otherwise;
        }
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Refusal.of(name, text, "a whole number of 64 bits");
        }
        if (value < least || value > most) {
            throw Refusal.of(name, name + " is " + value + ", it must be " + least + " to " + most);
        }
        return value;
    }

    /** True or false of the query, false without one. */
    public boolean isSet(String name) {
        String text = query(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.equals("true") || text.isEmpty()) {
            return true;
        }
        throw Refusal.of(name, text, "true or false");
    }

    /** Names of the parameters of the query. */
    public Iterable<String> queryNames() {
        return query.names();
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
        if (peer.isLeaving() || !(body.hasEnded() || body.isInPieces())) {
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
        if (lingerSinceNanos != 0) {
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
