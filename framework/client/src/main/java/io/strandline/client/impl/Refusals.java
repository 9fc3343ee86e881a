package io.strandline.client.impl;

import io.strandline.StrandlineException;
import io.strandline.client.impl.Approach.Shown;
import io.vertx.core.net.SocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The servers that have refused what a client shows. None of them is shown the same again until its time is over. A server counts
 * refusals by address, 10 within a minute by default, and hears nobody of that address beyond them. It may also learn later what it has
 * refused, as when a password is changed at the client first.
 *
 * <p>The time is random, between once and one and a half times its minimum, so that clients that were refused together do not come back
 * together. A refusal counts until the server is asked again. Belongs to the link's context.
 */
final class Refusals {

    /** Shortest time of a refusal, in milliseconds. {@link io.strandline.client.ClientOptions} and the guide name it. */
    static final long MIN_MILLIS = 60_000;

    private record Refusal(long untilNanos, StrandlineException.Unauthorized why) {}

    private final long minNanos;
    private final SplittableRandom random = new SplittableRandom();
    private final Map<SocketAddress, Refusal> servers = new HashMap<>();
    private @Nullable Shown shown;

    /** @param minMillis shortest time of a refusal */
    Refusals(long minMillis) {
        this.minNanos = TimeUnit.MILLISECONDS.toNanos(minMillis);
    }

    /**
     * Notes that a server has refused this.
     *
     * @param now as {@link System#nanoTime}
     */
    void add(SocketAddress server, Shown refused, StrandlineException.Unauthorized why, long now) {
        forgetOthers(refused);
        shown = refused;
        servers.put(server, new Refusal(now + minNanos + random.nextLong(minNanos / 2 + 1), why));
    }

    /**
     * Why a server is not to be shown this now, or null if it is. It is asked then, so its old refusal is forgotten. So are all of
     * something else.
     */
    StrandlineException.@Nullable Unauthorized whyNot(SocketAddress server, Shown next, long now) {
        forgetOthers(next);
        Refusal known = servers.get(server);
        if (known != null && known.untilNanos - now <= 0) {
            servers.remove(server);
            return null;
        }
        return known == null ? null : known.why;
    }

    private void forgetOthers(Shown next) {
        if (shown != null && !shown.equals(next)) {
            servers.clear();
        }
    }

    /** Why one of these servers has refused it, if all of them have. Null otherwise. */
    StrandlineException.@Nullable Unauthorized byAll(Collection<SocketAddress> all) {
        StrandlineException.Unauthorized why = null;
        for (SocketAddress server : all) {
            Refusal known = servers.get(server);
            if (known == null) {
                return null;
            }
            why = known.why;
        }
        return why;
    }

    /** Milliseconds until the first of the servers may be asked again, rounded up. 0 if one may be now, or if none has refused. */
    long millisLeft(long now) {
        long nanos = servers.values().stream()
                .mapToLong(known -> known.untilNanos - now)
                .min()
                .orElse(0);
        return nanos <= 0 ? 0 : 1 + (nanos - 1) / TimeUnit.MILLISECONDS.toNanos(1);
    }
}
