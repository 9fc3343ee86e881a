package io.strandline.server.impl.bus;

import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.strandline.client.operation.Door;
import io.strandline.client.tls.TlsFiles;
import io.strandline.server.BusBridge;
import io.strandline.server.BusBridgeOptions;
import io.strandline.server.BusBridgeOptions.Protocol;
import io.strandline.server.BusBridgeProvider;
import io.strandline.server.ServedLog;
import io.strandline.server.security.Exposure;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.Optional;

/** Checks what a bridge is opened with, and opens it. */
public final class BridgeOpening implements BusBridgeProvider {

    /** For {@link java.util.ServiceLoader}. */
    public BridgeOpening() {}

    @Override
    public Future<BusBridge> listen(Vertx vertx, ServedLog served, BusBridgeOptions options) {
        BusBridgeOptions copy = new BusBridgeOptions(options);
        PromiseInternal<BusBridge> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        try {
            copy.validate();
            Exposure.require(copy.getHost(), copy.isInsecure(), copy.getTls() != null, served.security() != null);
            DoorCounts counts = served.counts(Door.EVENT_BUS);
            keys(vertx, copy)
                    .compose(keys -> copy.getProtocol() == Protocol.TCP
                            ? new TcpBridge(vertx, served.name(), copy, keys.orElse(null), counts).listen()
                            : new SockJsBridge(vertx, served.name(), copy, keys.orElse(null), counts).listen())
                    .onComplete(promise);
        } catch (StrandlineException e) {
            promise.fail(e);
        }
        return promise.future();
    }

    private static Future<Optional<TlsFiles>> keys(Vertx vertx, BusBridgeOptions options) {
        TlsOptions tls = options.getTls();
        return tls == null
                ? Future.succeededFuture(Optional.empty())
                : TlsFiles.read(vertx, tls).compose(read -> read.usable(vertx)).map(Optional::of);
    }
}
