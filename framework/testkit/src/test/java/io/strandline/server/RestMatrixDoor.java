package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operation;
import io.strandline.client.wire.ErrorCode;
import io.strandline.server.RestForms.Form;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Requests over HTTP, in every form that an operation has there. All forms must be refused, or none.
 *
 * <p>A status of 401 says that the caller is not known, and 403 that it may not do this. What is no answer of the operation, such as that of an address
 * without route, fails as another failure than those of the log.
 */
final class RestMatrixDoor implements MatrixDoor {

    /** How the answer of an address begins that no route has. */
    private static final String NO_ROUTE = "there is no such resource";

    private final Vertx vertx = Vertx.vertx();
    private final Context context = newContext(vertx);
    private final HttpClient client;
    private final int port;
    private final RestForms forms;

    /** @param partition the first of the stream of {@link MatrixRequests} */
    RestMatrixDoor(int port, long partition) {
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setKeepAlive(false), new PoolOptions().setHttp1MaxSize(4));
        this.port = port;
        JsonObject document = get(start(context, () -> client.request(to(HttpMethod.GET, "/v1/openapi.json"))
                .compose(request -> request.send().compose(HttpClientResponse::body))
                .map(Buffer::toJsonObject)));
        this.forms = new RestForms(document, partition);
    }

    private RequestOptions to(HttpMethod method, String uri) {
        return new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI(uri);
    }

    RestForms forms() {
        return forms;
    }

    /** The server has closed most connections, of which the end of a client may complain. */
    void close() {
        get(vertx.close().otherwiseEmpty());
    }

    @Override
    public boolean has(Operation<?, ?> operation) {
        return operation.doors().contains(Door.REST);
    }

    @Override
    public <Q> Future<Void> call(Optional<String> credentials, Operation<Q, ?> operation, Q request) {
        return call(credentials, forms.of(operation, request).iterator(), null);
    }

    /** @param before what became of the form before, null for the first */
    private Future<Void> call(Optional<String> credentials, Iterator<Form> left, @Nullable Future<Void> before) {
        Form form = left.next();
        return call(credentials, form).transform((done, failure) -> {
            Future<Void> outcome = failure == null ? Future.succeededFuture() : Future.failedFuture(failure);
            if (before != null && isRefused(before) != isRefused(outcome)) {
                return Future.failedFuture(new IllegalStateException(
                        "one form of an operation is refused and the other is not: " + form + " → " + outcome));
            }
            return left.hasNext() ? call(credentials, left, outcome) : outcome;
        });
    }

    private static boolean isRefused(Future<Void> outcome) {
        return outcome.cause() instanceof StrandlineException.Unauthorized;
    }

    private Future<Void> call(Optional<String> credentials, Form form) {
        return start(context, () -> client.request(to(form.method(), form.uri()))
                .compose(request -> {
                    form.headers().forEach(request::putHeader);
                    // A header has no control characters.
                    credentials.ifPresent(
                            text -> request.putHeader("Authorization", text.replaceAll("\\p{Cntrl}", "?")));
                    return request.send(Buffer.buffer(form.body()));
                })
                .compose(response -> answered(form, response))
                .recover(cause -> Future.failedFuture(
                        cause instanceof StrandlineException
                                ? cause
                                : new IllegalStateException(form + " has no answer", cause))));
    }

    private static Future<Void> answered(Form form, HttpClientResponse response) {
        if (String.valueOf(response.getHeader("Content-Type")).startsWith("text/event-stream")) {
            response.exceptionHandler(cut -> {});
            return response.request().reset().transform(cut -> Future.succeededFuture()); // without end
        }
        return response.body()
                .compose(body -> response.statusCode() < 300
                        ? Future.succeededFuture()
                        : Future.failedFuture(failure(form, response, body)));
    }

    private static RuntimeException failure(Form form, HttpClientResponse response, Buffer body) {
        JsonObject problem = body.toJsonObject();
        String detail = problem.getString("detail");
        String code = problem.getString("code");
        if (response.statusCode() == 401 && code.equals("unauthenticated")) {
            return new StrandlineException.Unauthorized(detail);
        }
        for (ErrorCode known : ErrorCode.values()) {
            boolean isRefusal = known == ErrorCode.UNAUTHORIZED;
            if (known.name().toLowerCase(Locale.ROOT).equals(code)
                    && isRefusal == (response.statusCode() == 403)
                    && !detail.contains(NO_ROUTE)) {
                return known.failure(detail);
            }
        }
        return new IllegalStateException(form + " → " + problem);
    }
}
