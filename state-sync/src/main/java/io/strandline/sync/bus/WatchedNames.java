package io.strandline.sync.bus;

import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The names that members asked for, and whose news are therefore carried. Past its limit it forgets the one that nobody
 * asked for longest. Everything happens on the endpoint's context, but {@link Watched#tell}.
 */
final class WatchedNames {

    private static final Logger LOG = Logger.of(WatchedNames.class);

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

    /** Sees to it that a name's news are carried; completes when they are. */
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
        Watched fresh = new Watched(carrier.carry(name));
        fresh.watch = store.watch(name, fresh::tell);
        names.put(name, fresh);
        fresh.watch.onFailure(failure -> context.emit(gone -> {
            LOG.warn("no news of {} until it is asked for again", name, failure);
            names.remove(name, fresh);
        }));
        return fresh.watch;
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

        private final Runnable carry;
        private final AtomicBoolean told = new AtomicBoolean();
        private Future<Watch> watch = Future.failedFuture("not begun");

        Watched(Runnable carry) {
            this.carry = carry;
        }

        /** News of the store: any thread. What comes before the context has begun on it is carried with it. */
        void tell() {
            if (told.compareAndSet(false, true)) {
                context.emit(news -> {
                    told.set(false);
                    carry.run();
                });
            }
        }

        Future<Void> end() {
            return watch.compose(Watch::close, neverBegun -> Future.succeededFuture());
        }
    }
}
