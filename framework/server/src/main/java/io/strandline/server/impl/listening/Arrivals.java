package io.strandline.server.impl.listening;

import io.netty.channel.Channel;
import io.vertx.core.net.SocketAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The connections that have come to one event loop and are there. */
final class Arrivals {

    /** What tells two connections of a server apart. By number, as the name of an address may become known meanwhile. */
    private record Ends(
            @Nullable String remote,
            int remotePort,
            @Nullable String local,
            int localPort) {

        static Ends of(InetSocketAddress remote, InetSocketAddress local) {
            return of(SocketAddress.inetSocketAddress(remote), SocketAddress.inetSocketAddress(local));
        }

        static Ends of(SocketAddress remote, SocketAddress local) {
            return new Ends(remote.hostAddress(), remote.port(), local.hostAddress(), local.port());
        }
    }

    private final Map<Ends, Arrival> present = new ConcurrentHashMap<>();
    private final Handshakes handshakes;
    private final Consumer<Arrival> onGone;

    /** @param onGone called on the event loop */
    Arrivals(Handshakes handshakes, Consumer<Arrival> onGone) {
        this.handshakes = handshakes;
        this.onGone = onGone;
    }

    /** Takes a connection that has come. Callable from any thread. False if it is one too many, of all or of its network. */
    boolean take(Channel channel) {
        if (!(channel.remoteAddress() instanceof InetSocketAddress remote)
                || !(channel.localAddress() instanceof InetSocketAddress local)
                || remote.isUnresolved()) {
            return false;
        }
        Network network = Network.of(remote.getAddress().getHostAddress());
        if (!handshakes.begin(network)) {
            return false;
        }
        Ends ends = Ends.of(remote, local);
        Arrival arrival = new Arrival(channel, network);
        present.put(ends, arrival);
        var unused = channel.closeFuture().addListener(closed -> {
            present.remove(ends, arrival);
            isReady(arrival);
            onGone.accept(arrival);
        });
        return true;
    }

    /** The connection between two addresses, whose handshake is over. Null if it is gone. */
    @Nullable
    Arrival ready(SocketAddress remote, SocketAddress local) {
        Arrival arrival = present.get(Ends.of(remote, local));
        if (arrival != null) {
            isReady(arrival);
        }
        return arrival;
    }

    private void isReady(Arrival arrival) {
        if (arrival.becomesReady()) {
            handshakes.end(arrival.network());
        }
    }

    /** Ends all, those in a handshake too. */
    void cut() {
        List.copyOf(present.values()).forEach(Arrival::cut);
    }
}
