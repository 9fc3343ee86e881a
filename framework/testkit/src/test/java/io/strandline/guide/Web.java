package io.strandline.guide;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Function;

/** The guide's examples of a log over HTTP. */
final class Web {

    private Web() {}

    // GUIDE: begin rest-serve
    static Future<RestServer> serve(Vertx vertx, ServedLog served) {
        return RestServer.listen(vertx, served, new RestOptions()); // http://127.0.0.1:7476
    }
    // GUIDE: end rest-serve

    // GUIDE: begin rest-expose
    static <S> ServedLog exposed(
            Strandline log,
            ReaderGroup group,
            RunningPipeline totals,
            StateSynchronizer<S, ?> offer,
            EventCodec<S> codec) {
        ServedLog served = ServedLog.of("shop", log);
        served.exposed().group(group).pipeline("totals", totals).state(offer, codec);
        return served;
    }
    // GUIDE: end rest-expose

    // GUIDE: begin rest-pages
    private static final List<String> PASSED =
            List.of("Accept", "Content-Type", "If-Match", "Last-Event-ID", "Sec-Fetch-Site");

    /** Passes what pages ask for on to the REST server, with the credentials of whoever's session it is. */
    static Handler<RoutingContext> passOn(Vertx vertx, RestServer rest, Function<RoutingContext, String> credentials) {
        PoolOptions connections = new PoolOptions().setHttp1MaxSize(1_000); // each open subscription has one
        HttpClient client = vertx.createHttpClient(connections);
        return routing -> {
            HttpServerRequest asked = routing.request();
            HttpServerResponse told = routing.response();
            RequestOptions there = new RequestOptions()
                    .setMethod(asked.method())
                    .setHost(rest.host())
                    .setPort(rest.port())
                    .setURI(asked.uri())
                    .putHeader("Authorization", credentials.apply(routing));
            client.request(there)
                    .compose(request -> {
                        told.closeHandler(left -> request.reset()); // ends the subscription of a page that is gone
                        if (told.closed()) {
                            request.reset();
                        }
                        PASSED.stream()
                                .filter(asked.headers()::contains)
                                .forEach(name ->
                                        request.putHeader(name, asked.headers().getAll(name)));
                        Buffer body = routing.body().buffer(); // what a BodyHandler has taken
                        return body == null ? request.send() : request.send(body);
                    })
                    .compose(answer -> {
                        told.setStatusCode(answer.statusCode()).headers().setAll(answer.headers());
                        told.headers().remove("WWW-Authenticate"); // a browser would ask its user for a password
                        told.setChunked(!told.headers().contains("Content-Length"));
                        return answer.pipeTo(told);
                    })
                    .onFailure(lost -> {
                        if (told.headWritten()) {
                            told.reset(); // cut off, so the page goes on where it was
                        } else {
                            told.setStatusCode(502).end();
                        }
                    });
        };
    }
    // GUIDE: end rest-pages
}
