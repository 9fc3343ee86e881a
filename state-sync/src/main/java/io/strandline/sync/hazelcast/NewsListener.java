package io.strandline.sync.hazelcast;

import com.hazelcast.core.EntryEvent;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryMergedListener;
import com.hazelcast.map.listener.EntryUpdatedListener;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.Watch;
import io.strandline.sync.spi.Watchers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Notifies the watches of one store of changes anywhere in the cluster. All watches share one Hazelcast listener, which
 * exists while there is a watch. So a change costs one event for each member, however many names are watched there. A
 * listener for each name would need fewer events, but the owner of a name looks through all listeners of the map at each
 * change.
 *
 * <p>An event holds the name alone. Listeners are added and removed on a worker thread, because Hazelcast waits for every
 * member there. The fields belong to the context.
 */
final class NewsListener<V>
        implements EntryAddedListener<String, V>, EntryUpdatedListener<String, V>, EntryMergedListener<String, V> {

    private final ContextInternal context;
    private final IMap<String, V> map;
    private final Function<String, @Nullable StreamName> nameOf;
    private final Watchers watchers = new Watchers();

    private @Nullable Future<UUID> listening;
    private int watches;

    /**
     * Listens to a map.
     *
     * @param nameOf the name in a key. Null for a key that cannot be watched here
     */
    NewsListener(ContextInternal context, IMap<String, V> map, Function<String, @Nullable StreamName> nameOf) {
        this.context = context;
        this.map = map;
        this.nameOf = nameOf;
    }

    /** Fails with Unavailable if Hazelcast adds no listener, with Overloaded if there are {@link Watchers#MAX_WATCHES}. */
    Future<Watch> watch(StreamName name, Runnable news) {
        Promise<Watch> watch = Promise.promise();
        context.emit(begin -> listen().map(listener -> opened(watchers.add(name, news)))
                .onFailure(refused -> leave())
                .recover(refused -> Future.failedFuture(refusal(name, refused)))
                .onComplete(watch));
        return watch.future();
    }

    private Future<UUID> listen() {
        watches++;
        if (listening == null) {
            listening = context.executeBlocking(() -> map.addEntryListener(this, false));
        }
        return listening;
    }

    private void leave() {
        watches--;
        if (watches == 0 && listening != null) {
            // Where removing fails Hazelcast has stopped, and the listener with it.
            listening.onSuccess(listener -> context.executeBlocking(() -> map.removeEntryListener(listener)));
            listening = null;
        }
    }

    private Watch opened(Watch watch) {
        AtomicBoolean closed = new AtomicBoolean();
        return () -> {
            if (closed.compareAndSet(false, true)) {
                context.emit(end -> leave());
            }
            return watch.close();
        };
    }

    private static StrandlineException refusal(StreamName name, Throwable refused) {
        return refused instanceof StrandlineException own
                ? own
                : new StrandlineException.Unavailable("Hazelcast added no listener for " + name, refused);
    }

    @Override
    public void entryAdded(EntryEvent<String, V> event) {
        tell(event);
    }

    @Override
    public void entryUpdated(EntryEvent<String, V> event) {
        tell(event);
    }

    @Override
    public void entryMerged(EntryEvent<String, V> event) {
        tell(event);
    }

    private void tell(EntryEvent<String, V> event) {
        @Nullable StreamName name = nameOf.apply(event.getKey());
        if (name != null) {
            watchers.tell(name);
        }
    }
}
