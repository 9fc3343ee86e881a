package io.strandline.sync.bus;

import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The names that members asked for, and whose news are therefore carried. Past its limit it forgets the one that nobody
 * asked for longest. Everything happens on the endpoint's context, but {@link Watched#tell}.
 */
final class WatchedNames {

    private static final Logger LOG = Logger.of(WatchedNames.class);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(RevisionStore.LOOK_MILLIS);

    private final ContextInternal context;
    private final RevisionStore store;
    private final NewsCarrier carrier;
    private final int limit;
    private final Map<StreamName, Watched> names = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    WatchedNames(ContextInternal context, RevisionStore store, NewsCarrier carrier, int limit) {
        this.context = context;
        this.store = store;
        this.carrier = carrier;
        this.limit = limit;
    }

    /** Ensures that a name's news are carried. Completes when they are. */
    Future<?> touch(StreamName name) {
        Watched known = names.get(name);
        if (known != null || closed) {
            return known == null ? Future.succeededFuture() : known.watch;
        }
        if (names.size() >= limit) {
            Iterator<Map.Entry<StreamName, Watched>> all = names.entrySet().iterator();
            Map.Entry<StreamName, Watched> eldest = all.next();
            all.remove();
            eldest.getValue().end();
            carrier.drop(eldest.getKey());
        }
        Watched fresh = new Watched(name, carrier.carry(name));
        fresh.watch = store.watch(name, fresh::tell);
        names.put(name, fresh);
        fresh.watch.onFailure(failure -> context.emit(gone -> {
            LOG.warn("no news of {} until it is asked for again", name, failure);
            names.remove(name, fresh);
        }));
        return fresh.watch;
    }

    /**
     * Whether anything follows a position, by an answer of the store that is at most {@link RevisionStore#LOOK_MILLIS}
     * old and not older than the last news of the name. So many members that look cost the store as much as one. Enters
     * the name if there is room. A look never evicts a name.
     */
    Future<Boolean> hasNewer(StreamName name, Position known) {
        if (names.size() < limit) {
            touch(name);
        }
        Watched watched = names.get(name);
        Future<Position> newest =
                watched == null ? store.look(name, known).map(CatchUp::newest) : watched.newest(known);
        return newest.map(position -> !position.equals(known));
    }

    int size() {
        return names.size();
    }

    Future<?> close() {
        closed = true;
        List<Future<?>> ends = new ArrayList<>();
        names.values().forEach(watched -> ends.add(watched.end()));
        names.clear();
        return Future.join(ends);
    }

    private final class Watched {

        private final StreamName name;
        private final Runnable carry;
        private final AtomicBoolean told = new AtomicBoolean();
        private Future<Watch> watch = Future.failedFuture("not begun");
        private @Nullable Future<Position> looked;
        private long lookedNanos;

        Watched(StreamName name, Runnable carry) {
            this.name = name;
            this.carry = carry;
        }

        /** News of the store: any thread. What comes before the context has begun on it is carried with it. */
        void tell() {
            if (told.compareAndSet(false, true)) {
                context.emit(news -> {
                    told.set(false);
                    looked = null;
                    carry.run();
                });
            }
        }

        /** The newest position, as the store said not long ago. */
        Future<Position> newest(Position known) {
            Future<Position> before = looked;
            long now = System.nanoTime();
            boolean fresh = now - lookedNanos < LOOK_NANOS && !told.get();
            if (before != null && fresh && !before.failed()) {
                return before;
            }
            Future<Position> asked = Attempt.of(() -> store.look(name, known)).map(CatchUp::newest);
            looked = asked;
            lookedNanos = now;
            return asked;
        }

        Future<Void> end() {
            return watch.compose(Watch::close, neverBegun -> Future.succeededFuture());
        }
    }
}
