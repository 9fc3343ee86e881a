package io.strandline.server;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.log.CrashChild;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServerOptions;
import io.vertx.ext.bridge.BridgeOptions;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.eventbus.bridge.tcp.TcpEventBusBridge;

/** A process of 256 MB: a log of files on the event bus, and the TCP bridge. It says when it listens, and then that it lives. */
public final class BusServerChild {

    private static final long SIGN_OF_LIFE_MILLIS = 100;

    private BusServerChild() {}

    /** Arguments: directory, port, stream, bytes that one subscription may have on the way. */
    public static void main(String[] arguments) {
        CrashChild.dieWithParent();
        Vertx vertx = Vertx.vertx();
        BridgeOptions bridge = new BridgeOptions()
                .addInboundPermitted(new PermittedOptions().setAddressRegex("strandline\\.shop\\.[A-Za-z]+"))
                .addOutboundPermitted(new PermittedOptions().setAddressRegex("strandline\\.shop\\.to\\..+"));
        Strandline.open(
                        vertx,
                        "file:" + arguments[0],
                        CrashChild.options().setTailBytes(8 << 20).setQueuedBytes(8 << 20))
                .compose(log -> log.catalog()
                        .createStream(
                                arguments[2],
                                new StreamOptions().setPartitions(2).setCreateScope(true))
                        .compose(created -> EventBusServer.serve(
                                vertx,
                                ServedLog.of("shop", log),
                                new EventBusOptions().setMaxCreditBytes(Integer.parseInt(arguments[3])))))
                .compose(server -> TcpEventBusBridge.create(vertx, bridge, new NetServerOptions())
                        .listen(Integer.parseInt(arguments[1]), "127.0.0.1"))
                .onSuccess(listening -> {
                    CrashChild.say("O");
                    vertx.setPeriodic(SIGN_OF_LIFE_MILLIS, alive -> CrashChild.say("T"));
                })
                .onFailure(cause -> CrashChild.failed("listen", cause));
    }
}
