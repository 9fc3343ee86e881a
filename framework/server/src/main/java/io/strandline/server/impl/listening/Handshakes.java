package io.strandline.server.impl.listening;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connections of a door whose TLS handshake goes on, up to a limit. Callable from any thread.
 *
 * <p>A network begins one more if it has fewer than there is room for. So a single one holds half of the limit at most, and the
 * next one half of what is left. Connections that begin on two threads at the same moment may each be one too many for the other.
 */
final class Handshakes {

    private final int most;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Map<Network, Integer> held = new ConcurrentHashMap<>();

    Handshakes(int most) {
        this.most = most;
    }

    /** False if there are too many, or too many of the network, and then none is begun. */
    boolean begin(Network network) {
        int room = most - underWay.getAndIncrement();
        int withThis = held.merge(network, 1, Integer::sum);
        if (withThis <= room) {
            return true;
        }
        end(network);
        return false;
    }

    void end(Network network) {
        held.computeIfPresent(network, (same, own) -> own == 1 ? null : own - 1);
        underWay.decrementAndGet();
    }

    /** Those that go on. */
    int underWay() {
        return underWay.get();
    }

    /** Networks that have some. */
    int networks() {
        return held.size();
    }
}
