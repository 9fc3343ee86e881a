package io.strandline.command.setting;

import io.strandline.StrandlineException;
import io.strandline.client.ClientOptions;
import io.strandline.client.tls.TlsFiles;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Calls of a REST interface, one after the other. Each blocks, and fails with what the server answers. */
public final class RestCalls {

    /** Bytes of an answer, at most, 64 MiB. */
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private static final String JSON = "application/json";

    private final HttpClient client;
    private final URI base;
    private final TlsFiles tls;
    private final @Nullable String credentials;
    private final int timeoutSeconds;

    RestCalls(Vertx vertx, URI base, TlsFiles tls, ClientOptions options, int timeoutSeconds) {
        this.client = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout((int) Math.min(options.getConnectTimeoutMillis(), Integer.MAX_VALUE)));
        this.base = base;
        this.tls = tls;
        this.credentials = shown(options);
        this.timeoutSeconds = timeoutSeconds;
    }

    private static @Nullable String shown(ClientOptions options) {
        String file = options.getCredentialsFile();
        return file == null || options.getCredentials() != null
                ? options.getCredentials()
                : SecurityFiles.text(Path.of(file)).strip();
    }

    /** Reads a document. */
    public JsonObject get(String path) {
        return json(reading(HttpMethod.GET, path, JSON, null));
    }

    /** Reads a text of some type. */
    public String text(String path, String type) {
        return reading(HttpMethod.GET, path, type, null).toString();
    }

    /** Asks a question that changes nothing, and has a body. */
    public JsonObject ask(String path, JsonObject body) {
        return json(reading(HttpMethod.POST, path, JSON, body));
    }

    /** Changes something. The reply is empty if the server has nothing to say. */
    public JsonObject change(HttpMethod method, String path, @Nullable JsonObject body) {
        Buffer reply = Waiting.of(exchange(method, path, JSON, body, true));
        return reply.length() == 0 ? new JsonObject() : json(reply);
    }

    private Buffer reading(HttpMethod method, String path, String type, @Nullable JsonObject body) {
        return Waiting.of(exchange(method, path, type, body, false));
    }

    private static JsonObject json(Buffer reply) {
        try {
            return new JsonObject(reply);
        } catch (DecodeException e) {
            throw new StrandlineException.Unknown("the server has answered something else than JSON", e);
        }
    }

    private Future<Buffer> exchange(
            HttpMethod method, String path, String type, @Nullable JsonObject body, boolean mayChange) {
        String prefix = base.toString().replaceFirst("/+$", "");
        RequestOptions request = new RequestOptions()
                .setMethod(method)
                .setAbsoluteURI(prefix + path)
                .putHeader("Accept", type);
        if ("https".equals(base.getScheme())) {
            request.setSslOptions(tls.forClient());
        }
        if (credentials != null) {
            request.putHeader("Authorization", credentials);
        }
        if (body != null) {
            request.putHeader("Content-Type", JSON);
        }
        AtomicBoolean sent = new AtomicBoolean();
        return client.request(request)
                .compose(open -> {
                    sent.set(true);
                    return body == null ? open.send() : open.send(body.toBuffer());
                })
                .compose(response -> answer(response, mayChange))
                .timeout(timeoutSeconds, TimeUnit.SECONDS)
                .recover(cause -> Future.failedFuture(RestFailures.lost(cause, base, sent.get() && mayChange)));
    }

    private static Future<Buffer> answer(HttpClientResponse response, boolean mayChange) {
        return whole(response)
                .compose(body -> response.statusCode() / 100 == 2
                        ? Future.succeededFuture(body)
                        : Future.failedFuture(RestFailures.of(response.statusCode(), body, mayChange)));
    }

    private static Future<Buffer> whole(HttpClientResponse response) {
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.exceptionHandler(whole::tryFail);
        response.endHandler(end -> whole.tryComplete(body));
        response.handler(part -> {
            if (body.length() + part.length() <= MAX_ANSWER_BYTES) {
                body.appendBuffer(part);
            } else if (whole.tryFail("its answer has more than " + MAX_ANSWER_BYTES + " bytes")) {
                response.request().reset();
            }
        });
        return whole.future();
    }
}
