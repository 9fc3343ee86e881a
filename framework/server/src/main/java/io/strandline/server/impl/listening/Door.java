package io.strandline.server.impl.listening;

import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.strandline.client.tls.TlsFiles;
import io.strandline.client.tls.TlsReload;
import io.strandline.server.ListeningOptions;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetServerOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A door for connections: the same address on several event loops, each with the connections that came to it. Methods may be called from
 * any thread.
 */
public final class Door {

    /** Most TLS handshakes at a time, if not fewer connections are served. One takes about a millisecond of a core. */
    private static final int MAX_HANDSHAKES = 1_000;

    private final VertxInternal vertx;
    private final ListeningOptions<?> options;
    private final long handshakeMillis;
    private final String name;
    private final @Nullable TlsFiles tls;
    private final Supplier<Future<Void>> last;
    private final List<Acceptor> acceptors = new ArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final CloseOnce end;
    private @Nullable TlsReload reload;
    private volatile int port;
    private volatile @Nullable HeldPlace place;

    /**
     * Makes a door, which does not listen yet.
     *
     * @param options checked
     * @param handshakeMillis longest time of a TLS handshake
     * @param name for messages
     * @param tls keys and certificates to begin with, or null for connections that are not encrypted
     * @param last gives back what its connections have used, when none is left
     */
    public Door(
            Vertx vertx,
            ListeningOptions<?> options,
            long handshakeMillis,
            String name,
            @Nullable TlsFiles tls,
            Supplier<Future<Void>> last) {
        this.vertx = (VertxInternal) vertx;
        this.options = options;
        this.handshakeMillis = handshakeMillis;
        this.name = name;
        this.tls = tls;
        this.last = last;
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.DOORS, name, this::closeAll);
    }

    /** Reads keys and certificates, if there are to be some, and looks whether a server can use them. */
    public static Future<Optional<TlsFiles>> keys(Vertx vertx, @Nullable TlsOptions tls) {
        return tls == null
                ? Future.succeededFuture(Optional.empty())
                : TlsFiles.read(vertx, tls).compose(read -> read.usable(vertx)).map(Optional::of);
    }

    /** Sets what a server of Vert.x needs for this door. */
    public void fill(NetServerOptions net) {
        net.setTcpNoDelay(true);
        TlsFiles keys = tls;
        if (keys != null) {
            keys.fillServer(net);
            net.setClientAuth(keys.clientAuth())
                    .setSslHandshakeTimeout(handshakeMillis)
                    .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Begins to listen. The port is known when it completes. It fails with {@link StrandlineException.Unavailable} if the address cannot be
     * bound, and then the door is closed.
     *
     * @param counts where connections are counted for others
     * @param opening makes the server of one event loop, on its context
     */
    public Future<Void> listen(DoorCounts counts, Function<Acceptor, Listening> opening) {
        Handshakes handshakes = new Handshakes(maxHandshakes());
        for (int i = 0; i < loops(); i++) {
            acceptors.add(new Acceptor(vertx, options, handshakes, connections, counts));
        }
        HeldPlace held;
        try {
            held = HeldPlace.hold(vertx, options.getHost(), options.getPort());
        } catch (StrandlineException.Unavailable taken) {
            end.forget();
            return Future.failedFuture(taken);
        }
        place = held;
        int at = held.port();
        return acceptors
                .get(0)
                .listen(at, opening)
                .compose(actual -> {
                    port = actual;
                    List<Future<Integer>> others = new ArrayList<>();
                    acceptors.subList(1, acceptors.size()).forEach(other -> others.add(other.listen(at, opening)));
                    return Future.all(others);
                })
                .map(listening -> {
                    reload = reloading();
                    return listening;
                })
                .<Void>mapEmpty()
                .recover(cause -> end.close().transform(closed -> Future.failedFuture(cause)));
    }

    private int loops() {
        return options.getEventLoops() == 0
                ? Math.min(
                        ListeningOptions.MAX_DEFAULT_EVENT_LOOPS,
                        Runtime.getRuntime().availableProcessors())
                : options.getEventLoops();
    }

    /** Without TLS nothing waits for the client before it is served or refused. */
    private int maxHandshakes() {
        return options.getTls() == null ? Integer.MAX_VALUE : Math.min(options.getMaxConnections(), MAX_HANDSHAKES);
    }

    /** All servers of one address have the keys of the first one. */
    private @Nullable TlsReload reloading() {
        TlsOptions files = options.getTls();
        return tls == null || files == null
                ? null
                : TlsReload.begin(
                        vertx, files, name, tls, ssl -> acceptors.get(0).use(ssl));
    }

    public String host() {
        return options.getHost();
    }

    /** The port that it listens at, also if the machine has chosen it. */
    public int port() {
        return port;
    }

    /** Connections that are served, or will be when their client is known. Those whose handshake goes on are not counted. */
    public int connections() {
        return connections.get();
    }

    /** Stops. Completes when no connection is left, and what they have used is given back. Calling it again changes nothing. */
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        TlsReload reloading = reload;
        if (reloading != null) {
            reloading.end();
        }
        List<Future<Void>> closed = new ArrayList<>();
        acceptors.forEach(acceptor -> closed.add(acceptor.close()));
        return Future.join(closed)
                .<Void>mapEmpty()
                .eventually(() -> HeldPlace.freed(vertx))
                .onComplete(done -> release())
                .eventually(last);
    }

    private void release() {
        HeldPlace held = place;
        if (held != null) {
            held.release();
        }
    }
}
