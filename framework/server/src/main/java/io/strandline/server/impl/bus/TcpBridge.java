package io.strandline.server.impl.bus;

import io.strandline.client.tls.TlsFiles;
import io.strandline.server.BusBridge;
import io.strandline.server.BusBridgeOptions;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.ext.bridge.BridgeOptions;
import io.vertx.ext.eventbus.bridge.tcp.BridgeEvent;
import io.vertx.ext.eventbus.bridge.tcp.TcpEventBusBridge;
import org.jspecify.annotations.Nullable;

/** The TCP bridge of Vert.x in front of one log. It bounds neither the frames of its clients nor their silence. */
final class TcpBridge implements BusBridge {

    private static final Logger LOG = Logger.of(TcpBridge.class);

    private final BusBridgeOptions options;
    private final BridgeClients clients;
    private final TcpEventBusBridge bridge;
    private final String name;
    private final BridgePlace place;
    private final CloseOnce end;

    TcpBridge(Vertx vertx, String name, BusBridgeOptions options, @Nullable TlsFiles tls, DoorCounts counts) {
        this.options = options;
        this.name = name;
        this.clients = new BridgeClients(name, options, counts);
        NetServerOptions listening = new NetServerOptions().setTcpNoDelay(true).setTcpKeepAlive(true);
        if (tls != null) {
            tls.fillServer(listening);
            listening.setClientAuth(tls.clientAuth());
        }
        this.bridge = TcpEventBusBridge.create(vertx, clients.permit(new BridgeOptions()), listening, this::heard);
        this.place = new BridgePlace(vertx, options);
        this.end = CloseOnce.with(
                vertx, CloseOnce.Stage.DOORS, "TCP bridge of " + name, () -> place.releasedBy(bridge.close()));
    }

    /** The bridge tells of messages, and not of connections. */
    private void heard(BridgeEvent event) {
        NetSocket socket = event.socket();
        boolean isAdmitted = clients.admits(socket);
        event.tryComplete(isAdmitted);
        if (isAdmitted) {
            socket.closeHandler(gone -> clients.left(socket));
        } else {
            socket.close();
        }
    }

    Future<BusBridge> listen() {
        return place.hold()
                .compose(held -> bridge.listen(options.getPort(), options.getHost()))
                .<BusBridge>map(listening -> {
                    LOG.info("log {} is served by the TCP bridge at {}:{}", name, options.getHost(), options.getPort());
                    return this;
                })
                .recover(cause -> {
                    end.forget();
                    return place.refused(cause);
                });
    }

    @Override
    public String host() {
        return options.getHost();
    }

    @Override
    public int port() {
        return options.getPort();
    }

    @Override
    public int connections() {
        return clients.connected();
    }

    @Override
    public Future<Void> close() {
        return end.close();
    }
}
