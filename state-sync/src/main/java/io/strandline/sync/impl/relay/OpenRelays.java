package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.CloseOnce;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/** One relay for each name that has open synchronizers, which are counted. */
final class OpenRelays implements StateSync {

    private final Vertx vertx;
    private final RevisionStore store;
    private final StateSyncOptions options;
    private final ConcurrentMap<StreamName, Shared> relays = new ConcurrentHashMap<>();
    private final AtomicInteger names = new AtomicInteger();
    private final Set<RelayedSynchronizer<?, ?>> open = ConcurrentHashMap.newKeySet();
    private final CloseOnce end;

    private record Shared(Relay relay, int members) {}

    OpenRelays(Vertx vertx, RevisionStore store, StateSyncOptions options) {
        options.validate();
        this.vertx = vertx;
        this.store = store;
        this.options = options;
        this.end = CloseOnce.with(
                vertx,
                CloseOnce.Stage.SYNCHRONIZERS,
                "StateSync on " + store.getClass().getSimpleName(),
                this::closeAll);
    }

    @Override
    public <S, U> Future<StateSynchronizer<S, U>> open(
            String name, StateModel<S, U> model, SynchronizerOptions options) {
        SynchronizerOptions own = new SynchronizerOptions(options);
        own.validate();
        StreamName parsed = StreamName.parse(name);
        if (end.isClosing()) {
            return Future.failedFuture(closed(parsed));
        }
        ContextInternal context = ((ContextInternal) vertx.getOrCreateContext()).unwrap();
        Relay relay;
        try {
            relay = relayOf(parsed, context);
        } catch (StrandlineException.Overloaded full) {
            return context.failedFuture(full);
        }
        StateFold<S, U> fold = new StateFold<>(model, store.maxValueBytes());
        RelayedSynchronizer<S, U> opened = new RelayedSynchronizer<>(context, relay, fold, own, this::closed);
        open.add(opened);
        return (end.isClosing() ? closedAlready(parsed, opened) : opened.begin())
                .<StateSynchronizer<S, U>>map(state -> opened)
                .recover(failure -> opened.close().transform(end -> Future.failedFuture(failure)));
    }

    @Override
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        List<Future<?>> ends = new ArrayList<>();
        open.forEach(each -> ends.add(each.close()));
        return Future.join(ends).mapEmpty();
    }

    private static <S> Future<Revisioned<S>> closedAlready(StreamName name, RelayedSynchronizer<S, ?> opened) {
        return opened.close().transform(end -> Future.failedFuture(closed(name)));
    }

    private static StrandlineException.Unavailable closed(StreamName name) {
        return new StrandlineException.Unavailable(
                "synchronizer of " + name + " was not opened: its StateSync is closed");
    }

    private Relay relayOf(StreamName name, ContextInternal opener) {
        return relays.compute(name, (key, shared) -> {
                    if (shared != null) {
                        return new Shared(shared.relay(), shared.members() + 1);
                    }
                    if (names.incrementAndGet() > options.getMaxNames()) {
                        names.decrementAndGet();
                        throw new StrandlineException.Overloaded(
                                options.getMaxNames() + " names are open, the limit; " + name + " is one more");
                    }
                    return new Shared(new Relay(contextFor(opener), store, name, options), 1);
                })
                .relay();
    }

    /** A context of its own, on the opener's event loop: so a lone synchronizer and its relay need no switch of thread. */
    private ContextInternal contextFor(ContextInternal opener) {
        VertxInternal owner = (VertxInternal) vertx;
        return opener.isEventLoopContext()
                ? owner.contextBuilder().withEventLoop(opener.nettyEventLoop()).build()
                : owner.createEventLoopContext();
    }

    private Future<Void> closed(RelayedSynchronizer<?, ?> member, Relay relay) {
        open.remove(member);
        relay.leave(member);
        Shared left = relays.computeIfPresent(
                relay.name(),
                (key, shared) -> shared.members() == 1 ? null : new Shared(shared.relay(), shared.members() - 1));
        if (left != null) {
            return Future.succeededFuture();
        }
        names.decrementAndGet();
        return relay.end();
    }
}
