package io.strandline.sync.bus;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.spi.cluster.ClusterManager;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An address that is taken for a log in the map {@value #MAP}, which the members of Vert.x share. If two logs ask for it
 * at the same moment, one is refused. A value is {@code <log>@<node>}. A node that has left the cluster holds no address.
 * An address that a node still holds but does not use, as after a failed close, is taken over after {@value
 * #UNUSED_MILLIS} ms.
 */
final class ServedAddress {

    static final String MAP = "strandline.sync.addresses";
    static final long UNUSED_MILLIS = 2_000;

    private static final long PAUSE_MILLIS = 50;

    private final ContextInternal context;
    private final AsyncMap<String, String> map;
    private final String address;
    private final UUID log;
    private final String own;
    private final Supplier<Future<Void>> free;

    private ServedAddress(
            ContextInternal context,
            AsyncMap<String, String> map,
            String address,
            UUID log,
            Supplier<Future<Void>> free) {
        this.context = context;
        this.map = map;
        this.address = address;
        this.log = log;
        this.own = log + "@" + nodeOf(context.owner());
        this.free = free;
    }

    /**
     * Takes an address. Fails with Conflict if another log has it, and with the failure of {@code free}.
     *
     * @param free asks the address. Fails if it is served
     */
    static Future<ServedAddress> take(ContextInternal context, String address, UUID log, Supplier<Future<Void>> free) {
        return context.owner().sharedData().<String, String>getAsyncMap(MAP).compose(map -> {
            ServedAddress taken = new ServedAddress(context, map, address, log, free);
            return taken.take(System.nanoTime()).map(taken);
        });
    }

    private Future<Void> take(long startNanos) {
        return map.putIfAbsent(address, own).compose(holder -> {
            if (holder == null || holder.equals(own)) {
                return Future.succeededFuture();
            }
            boolean sameLog = holder.startsWith(log + "@");
            if (sameLog || !isThere(holder) || millisSince(startNanos) >= UNUSED_MILLIS) {
                return map.replaceIfPresent(address, holder, own)
                        .compose(replaced -> replaced ? Future.succeededFuture() : take(startNanos));
            }
            return free.get()
                    .recover(inUse -> Future.failedFuture(
                            inUse instanceof StrandlineException.Conflict
                                    ? new StrandlineException.Conflict(
                                            inUse.getMessage() + ", so log " + log + " is not served")
                                    : inUse))
                    .compose(unused -> context.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS))
                    .compose(again -> take(startNanos));
        });
    }

    /** Gives the address back, if nobody has taken it over. */
    Future<Void> release() {
        return map.removeIfPresent(address, own).mapEmpty();
    }

    private boolean isThere(String holder) {
        @Nullable ClusterManager cluster = context.owner().clusterManager();
        return cluster == null || cluster.getNodes().contains(holder.substring(holder.indexOf('@') + 1));
    }

    private static String nodeOf(VertxInternal vertx) {
        @Nullable ClusterManager cluster = vertx.clusterManager();
        return cluster == null ? "local" : cluster.getNodeId();
    }

    private static long millisSince(long startNanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }
}
