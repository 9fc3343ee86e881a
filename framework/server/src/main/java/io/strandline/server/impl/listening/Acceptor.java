package io.strandline.server.impl.listening;

import io.netty.channel.IoEventLoop;
import io.strandline.StrandlineException;
import io.strandline.server.ListeningOptions;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The connections of one event loop of a door. Everything runs on its context. */
public final class Acceptor {

    private static final long TICK_MILLIS = 250;

    /** Time for what was written to leave, when the time to leave is over. */
    private static final long CUT_MILLIS = 500;

    private final VertxInternal vertx;
    private final ContextInternal context;
    private final ListeningOptions<?> options;
    private final AtomicInteger connections;
    private final DoorCounts counts;
    private final Arrivals arrivals;
    private final Set<Arrival> served = new HashSet<>();
    private final Promise<Void> empty = Promise.promise();
    private volatile @Nullable Listening listening;
    private long timer = -1;
    private long drain = -1;
    private boolean isLeaving;

    /**
     * The connections of a further event loop.
     *
     * @param connections those of all event loops of the door
     * @param counts where they are counted for others
     */
    Acceptor(
            VertxInternal vertx,
            ListeningOptions<?> options,
            Handshakes handshakes,
            AtomicInteger connections,
            DoorCounts counts) {
        this.vertx = vertx;
        this.options = options;
        this.connections = connections;
        this.counts = counts;
        this.arrivals = new Arrivals(handshakes, this::gone);
        IoEventLoop loop = (IoEventLoop) vertx.nettyEventLoopGroup().next();
        // With an end of its own: a Vert.x that closes would otherwise cut the clients before they are told to leave.
        this.context = vertx.contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withEventLoop(new AcceptingLoop(loop, arrivals::take))
                .withCloseFuture(new CloseFuture())
                .build();
    }

    public ContextInternal context() {
        return context;
    }

    /** True if the door closes: what has come is answered, and nothing more is taken. */
    public boolean isLeaving() {
        return isLeaving;
    }

    /**
     * Begins to listen. Completes with the port, on any thread.
     *
     * @param at the port, or a number that names one which the machine chooses
     */
    Future<Integer> listen(int at, Function<Acceptor, Listening> opening) {
        Promise<Integer> bound = Promise.promise();
        context.runOnContext(turned -> {
            // Whatever it throws fails the opening too.
            Future.succeededFuture(this)
                    .map(opening)
                    .compose(made -> {
                        listening = made;
                        timer = context.setPeriodic(TICK_MILLIS, ticked -> tick());
                        return made.listen(at, options.getHost());
                    })
                    .recover(cause ->
                            Future.failedFuture(HeldPlace.cannotListen(options.getHost(), options.getPort(), cause)))
                    .onComplete(bound);
        });
        return bound.future();
    }

    /** Has the next connections use other keys. Callable from any thread. */
    Future<?> use(ServerSSLOptions ssl) {
        Listening made = listening;
        return made == null
                ? Future.failedFuture(new StrandlineException.Unavailable("the server does not listen"))
                : made.use(ssl);
    }

    /** A connection whose handshake is over. Null if it is gone, or the door closes: whoever has it closes it. */
    @Nullable
    public Arrival arrived(@Nullable SocketAddress remote, @Nullable SocketAddress local) {
        Arrival arrival = remote == null || local == null ? null : arrivals.ready(remote, local);
        return isLeaving ? null : arrival;
    }

    /** Counts a connection, until it is gone. False if as many are there as may be: it is to be refused. */
    public boolean admit(Arrival arrival) {
        if (connections.incrementAndGet() > options.getMaxConnections()) {
            connections.decrementAndGet();
            counts.overloaded();
            return false;
        }
        counts.connections(1);
        served.add(arrival);
        return true;
    }

    private void gone(Arrival arrival) {
        context.runOnContext(turned -> {
            Connection connection = arrival.connection();
            if (connection != null) {
                connection.gone();
            }
            if (served.remove(arrival)) {
                connections.decrementAndGet();
                counts.connections(-1);
            }
            completeIfEmpty();
        });
    }

    private void completeIfEmpty() {
        if (isLeaving && served.isEmpty()) {
            empty.tryComplete();
        }
    }

    private void tick() {
        long now = System.nanoTime();
        forEach(connection -> connection.tick(now));
    }

    private void forEach(Consumer<Connection> action) {
        for (Arrival arrival : List.copyOf(served)) {
            Connection connection = arrival.connection();
            if (connection != null) {
                action.accept(connection);
            }
        }
    }

    /** Stops. Completes when no connection is left, on any thread. */
    Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        context.runOnContext(turned -> {
            isLeaving = true;
            forEach(Connection::leave);
            completeIfEmpty();
            if (options.getDrainMillis() == 0) {
                drained();
            } else {
                drain = context.setTimer(options.getDrainMillis(), over -> drained());
            }
            empty.future().compose(left -> over()).onComplete(closed);
        });
        return closed.future();
    }

    private void drained() {
        forEach(Connection::end);
        drain = context.setTimer(CUT_MILLIS, over -> arrivals.cut());
    }

    private Future<Void> over() {
        vertx.cancelTimer(drain);
        vertx.cancelTimer(timer);
        Listening made = listening;
        return made == null ? Future.succeededFuture() : made.close(); // and those in a handshake
    }
}
