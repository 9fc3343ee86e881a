package io.strandline.server.impl.bus;

import io.strandline.server.BusBridgeOptions;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.ext.bridge.BridgeOptions;
import io.vertx.ext.bridge.PermittedOptions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** What both bridges let through, and how many clients they have. */
final class BridgeClients {

    private final String name;
    private final int most;
    private final DoorCounts counts;
    private final Set<Object> connected = ConcurrentHashMap.newKeySet();

    /**
     * No clients yet.
     *
     * @param name of the log
     * @param counts where clients are counted for others
     */
    BridgeClients(String name, BusBridgeOptions options, DoorCounts counts) {
        this.name = name;
        this.most = options.getMaxConnections();
        this.counts = counts;
    }

    /** Operations of the log, and consumers among its addresses. */
    <O extends BridgeOptions> O permit(O options) {
        String prefix = Pattern.quote("strandline." + name + ".");
        options.setInboundPermitteds(List.of(new PermittedOptions().setAddressRegex(prefix + "[A-Za-z]+")));
        options.setOutboundPermitteds(List.of(new PermittedOptions().setAddressRegex(prefix + "to\\..+")));
        return options;
    }

    /** Counts a client until it has left. False if it is one too many. */
    boolean admits(Object socket) {
        if (!connected.add(socket)) {
            return true;
        }
        if (connected.size() > most) {
            connected.remove(socket);
            counts.overloaded();
            return false;
        }
        counts.connections(1);
        return true;
    }

    void left(Object socket) {
        if (connected.remove(socket)) {
            counts.connections(-1);
        }
    }

    int connected() {
        return connected.size();
    }
}
