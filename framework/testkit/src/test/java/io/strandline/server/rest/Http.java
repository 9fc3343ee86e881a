package io.strandline.server.rest;

import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;

import io.strandline.log.Applications;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A client of a REST server. */
final class Http {

    private static final long DEADLINE_SECONDS = 60;

    private final Context context;
    private final HttpClient client;
    private final int port;

    /** A response that has come whole. */
    record Response(int status, MultiMap headers, Buffer body) {

        JsonObject json() {
            return body.toJsonObject();
        }

        String mediaType() {
            String type = headers.get("Content-Type");
            return type == null ? "" : type.replaceAll(";.*", "").trim();
        }
    }

    Http(Vertx vertx, int port) {
        this.context = newContext(vertx);
        this.client = vertx.createHttpClient(new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(100));
        this.port = port;
    }

    HttpClient client() {
        return client;
    }

    RequestOptions options(HttpMethod method, String path) {
        return new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI(path);
    }

    Future<Response> send(HttpMethod method, String path, Map<String, String> headers, Buffer body) {
        // On one context: whoever listens for a body from elsewhere may come too late.
        return start(context, () -> client.request(options(method, path))
                .compose(request -> {
                    headers.forEach(request::putHeader);
                    return body.length() == 0 ? request.send() : request.send(body);
                })
                .compose(response ->
                        response.body().map(bytes -> new Response(response.statusCode(), response.headers(), bytes))));
    }

    Response call(HttpMethod method, String path, Map<String, String> headers, Buffer body) {
        return Applications.get(send(method, path, headers, body));
    }

    Response get(String path) {
        return call(HttpMethod.GET, path, Map.of(), Buffer.buffer());
    }

    /** Asks again and again until the answer is as wanted. On the test's thread. */
    Response until(String path, Predicate<Response> wanted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        Response response = get(path);
        while (!wanted.test(response)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + DEADLINE_SECONDS + " s, but " + response.body());
            }
            response = get(path);
        }
        return response;
    }

    Response json(HttpMethod method, String path, Object body) {
        return call(method, path, Map.of("Content-Type", "application/json"), Json.encodeToBuffer(body));
    }
}
