package io.strandline.server.impl.rest;

import static io.strandline.client.operation.Door.REST;

import io.strandline.StrandlineException;
import io.strandline.client.tls.TlsFiles;
import io.strandline.server.RestOptions;
import io.strandline.server.RestProvider;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.server.impl.http.Callers;
import io.strandline.server.impl.http.HttpDoor;
import io.strandline.server.impl.http.Room;
import io.strandline.server.impl.http.TrustedProxies;
import io.strandline.server.impl.listening.Door;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.operation.DispatchBounds;
import io.strandline.server.security.Exposure;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import org.jspecify.annotations.Nullable;

/** Checks what a REST server is opened with, and opens it. */
public final class RestOpening implements RestProvider {

    /** Longest first line of a request, in bytes, at most. */
    private static final int MAX_LINE_BYTES = 8 << 10;

    /** For {@link java.util.ServiceLoader}. */
    public RestOpening() {}

    @Override
    public Future<RestServer> listen(Vertx vertx, ServedLog served, RestOptions options) {
        RestOptions copy = new RestOptions(options);
        PromiseInternal<RestServer> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        try {
            copy.validate();
            Exposure.require(copy.getHost(), copy.isInsecure(), copy.getTls() != null, served.security() != null);
            Dispatch dispatch = new Dispatch(
                    vertx,
                    served,
                    REST,
                    new DispatchBounds(copy.getMaxPageBytes(), copy.getMaxBodyBytes(), copy.getMaxWriters()));
            Door.keys(vertx, copy.getTls())
                    .compose(keys -> open(vertx, dispatch, copy, keys.orElse(null)))
                    .onComplete(promise);
        } catch (StrandlineException e) {
            promise.fail(e);
        }
        return promise.future();
    }

    private static Future<RestServer> open(
            Vertx vertx, Dispatch dispatch, RestOptions options, @Nullable TlsFiles tls) {
        DoorCounts counts = dispatch.counts();
        HttpDoor door = new HttpDoor(vertx, options, dispatch.served().name(), tls, counts, dispatch::close);
        RouteTable table = new RouteTable(dispatch, options, new Room(options.getMaxOpenStreams(), counts::streams));
        Callers callers = new Callers(dispatch.gate(), new TrustedProxies(options.getTrustedProxies()));
        boolean isLocal = Exposure.isOfThisMachine(options.getHost()) && !options.isInsecure();
        return door.listen(
                http(options),
                acceptor -> new RouteServing(table.all(), acceptor::begun, callers::of, isLocal, counts).router(vertx));
    }

    private static HttpServerOptions http(RestOptions options) {
        return new HttpServerOptions()
                .setHttp2ClearTextEnabled(false)
                .setMaxInitialLineLength(Math.min(options.getMaxHeaderBytes(), MAX_LINE_BYTES))
                .setMaxHeaderSize(options.getMaxHeaderBytes())
                .setHandle100ContinueAutomatically(false)
                .setDecompressionSupported(false)
                .setCompressionSupported(false)
                .setRegisterWebSocketWriteHandlers(false);
    }
}
