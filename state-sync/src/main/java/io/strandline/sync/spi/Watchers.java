package io.strandline.sync.spi;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The watchers of each name, for stores that report changes themselves. Any thread may call, and nothing waits.
 *
 * <p>At most {@value #MAX_WATCHES} watches are open at a time.
 */
public final class Watchers {

    public static final int MAX_WATCHES = 100_000;

    private static final Logger LOG = Logger.of(Watchers.class);

    private final ConcurrentMap<StreamName, List<OpenWatch>> byName = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();

    /**
     * Adds a watch.
     *
     * @throws StrandlineException.Overloaded if {@value #MAX_WATCHES} are open
     */
    public Watch add(StreamName name, Runnable news) {
        if (open.incrementAndGet() > MAX_WATCHES) {
            open.decrementAndGet();
            throw new StrandlineException.Overloaded(
                    "watch of " + name + " would be one of more than " + MAX_WATCHES + ", the limit");
        }
        OpenWatch watch = new OpenWatch(name, news);
        byName.merge(name, List.of(watch), Watchers::joined);
        return watch;
    }

    /** Calls everybody who watches a name, on the calling thread. */
    public void tell(StreamName name) {
        for (OpenWatch watch : byName.getOrDefault(name, List.of())) {
            watch.tell();
        }
    }

    /** Whether nobody watches a name. */
    public boolean isUnwatched(StreamName name) {
        return !byName.containsKey(name);
    }

    private void remove(OpenWatch watch) {
        open.decrementAndGet();
        byName.computeIfPresent(watch.name, (name, watches) -> {
            List<OpenWatch> rest = new ArrayList<>(watches);
            rest.remove(watch);
            return rest.isEmpty() ? null : List.copyOf(rest);
        });
    }

    private static List<OpenWatch> joined(List<OpenWatch> watches, List<OpenWatch> more) {
        List<OpenWatch> all = new ArrayList<>(watches);
        all.addAll(more);
        return List.copyOf(all);
    }

    /** Counts the calls under way, so that its end can wait for them without a lock. */
    private final class OpenWatch implements Watch {

        private static final int CLOSED = 1 << 30;

        private final StreamName name;
        private final Runnable news;
        private final AtomicInteger callsAndClosed = new AtomicInteger();
        private final Promise<Void> ended = Promise.promise();

        OpenWatch(StreamName name, Runnable news) {
            this.name = name;
            this.news = news;
        }

        void tell() {
            if ((callsAndClosed.incrementAndGet() & CLOSED) == 0) {
                try {
                    news.run();
                } catch (RuntimeException thrown) {
                    LOG.error("a watcher of {} threw, the change that it was told of stands", name, thrown);
                }
            }
            endIfIdle(callsAndClosed.decrementAndGet());
        }

        @Override
        public Future<Void> close() {
            int before = callsAndClosed.getAndUpdate(calls -> calls | CLOSED);
            if ((before & CLOSED) == 0) {
                remove(this);
            }
            endIfIdle(before | CLOSED);
            return ended.future();
        }

        private void endIfIdle(int calls) {
            if (calls == CLOSED) {
                ended.tryComplete();
            }
        }
    }
}
