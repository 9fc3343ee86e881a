package io.strandline.sync;

import io.strandline.StreamName;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.strandline.sync.spi.Watchers;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Keeps revisions in the heap of this JVM, for tests and for applications of one process.
 *
 * <p>The store is linearizable. Nothing survives the JVM. Synchronizers share a state if they are opened on the same
 * store object. Futures are complete when a method returns, and watchers are notified of every change, on the thread of
 * the writer. The number of names is the application's choice: none is ever removed.
 */
public final class MemoryRevisionStore implements RevisionStore {

    private final ConcurrentMap<StreamName, RevisionHistory> histories = new ConcurrentHashMap<>();
    private final Watchers watchers = new Watchers();
    private final HistoryLimits limits;

    private MemoryRevisionStore(HistoryLimits limits) {
        this.limits = limits;
    }

    /** Creates an empty store with {@link HistoryLimits#DEFAULT}. */
    public static MemoryRevisionStore create() {
        return create(HistoryLimits.DEFAULT);
    }

    /** Creates an empty store. */
    public static MemoryRevisionStore create(HistoryLimits limits) {
        return new MemoryRevisionStore(limits);
    }

    @Override
    public int maxValueBytes() {
        return limits.maxValueBytes();
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        return Attempt.of(() -> {
            RevisionHistory before;
            RevisionHistory.Step step;
            do {
                before = historyOf(name);
                step = before.append(expected, next, limits);
            } while (!swap(name, before, step.after()));
            if (step.after() != before) {
                watchers.tell(name);
            }
            return Future.succeededFuture(step.answer());
        });
    }

    @Override
    public Future<CatchUp> readSince(StreamName name, Position known) {
        return Future.succeededFuture(historyOf(name).since(known));
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        return Attempt.of(() -> {
            RevisionHistory before;
            RevisionHistory after;
            do {
                before = historyOf(name);
                after = before.compact(snapshot, limits);
            } while (!swap(name, before, after));
            return Future.succeededFuture(after != before);
        });
    }

    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return Attempt.of(() -> Future.succeededFuture(watchers.add(name, news)));
    }

    private RevisionHistory historyOf(StreamName name) {
        return histories.getOrDefault(name, RevisionHistory.EMPTY);
    }

    /** Replaces a history unless another thread was faster. */
    private boolean swap(StreamName name, RevisionHistory before, RevisionHistory after) {
        if (after == before) {
            return true;
        }
        return before == RevisionHistory.EMPTY
                ? histories.putIfAbsent(name, after) == null
                : histories.replace(name, before, after);
    }
}
