package io.strandline.client.impl;

import io.strandline.StrandlineException;
import io.strandline.client.impl.Approach.Shown;
import io.vertx.core.net.SocketAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The servers that have refused what a client shows. None of them is shown the same again: a server counts refusals by address, and would
 * soon hear nobody of that address. Belongs to the link's context.
 */
final class Refusals {

    private final Set<SocketAddress> servers = new HashSet<>();
    private @Nullable Shown shown;
    private StrandlineException.@Nullable Unauthorized why;

    /** Notes that a server has refused this. */
    void add(SocketAddress server, Shown refused, StrandlineException.Unauthorized because) {
        forgetOthers(refused);
        shown = refused;
        why = because;
        servers.add(server);
    }

    /** True if the server has refused the same. What was refused before is forgotten if this is something else. */
    boolean has(SocketAddress server, Shown next) {
        forgetOthers(next);
        return servers.contains(server);
    }

    private void forgetOthers(Shown next) {
        if (shown != null && !shown.equals(next)) {
            clear();
        }
    }

    /** True if all of these servers have refused it. */
    boolean isBy(Collection<SocketAddress> all) {
        return servers.containsAll(all);
    }

    /** The newest refusal, or null if there is none. */
    StrandlineException.@Nullable Unauthorized why() {
        return why;
    }

    void clear() {
        servers.clear();
        shown = null;
        why = null;
    }
}
