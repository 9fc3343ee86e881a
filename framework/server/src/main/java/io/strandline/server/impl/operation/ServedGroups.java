package io.strandline.server.impl.operation;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.server.Exposed;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The reader groups of a log, by name: those that are exposed, and those that keep their state in the log, wherever their readers run. Those are
 * opened for one call. Callable from any thread.
 */
final class ServedGroups {

    private final Vertx vertx;
    private final Strandline log;
    private final Exposed exposed;
    private final AtomicReference<@Nullable Kept> kept = new AtomicReference<>();
    private volatile boolean isClosed;

    /** Where groups keep their state in the log. */
    private record Kept(StateSync sync, LogRevisionStore store) {

        static Kept in(Vertx vertx, Strandline log) {
            LogRevisionStore store = LogRevisionStore.open(vertx, log);
            return new Kept(StateSync.create(vertx, store), store);
        }

        Future<Void> close() {
            return sync.close().eventually(store::close);
        }
    }

    ServedGroups(Vertx vertx, Strandline log, Exposed exposed) {
        this.vertx = vertx;
        this.log = log;
        this.exposed = exposed;
    }

    /** Makes a call with a group. Fails with NotFound if there is none of the name. A call that throws closes what was opened for it too. */
    <T> Future<T> with(String name, Function<ReaderGroup, Future<T>> call) {
        ReaderGroup group = exposed.group(name);
        return group != null
                ? call.apply(group)
                : ReaderGroup.open(vertx, log, kept(), name)
                        .compose(opened ->
                                Future.succeededFuture(opened).compose(call).eventually(opened::close));
    }

    /** The full names of those of a scope that {@link #with} finds, in ascending order. Looks into no other scope. */
    Future<SortedSet<String>> names(String scope) {
        SortedSet<String> names = new TreeSet<>(exposed.groups().keySet().stream()
                .filter(name -> name.startsWith(scope + "/"))
                .toList());
        return ReaderGroup.list(vertx, kept(), scope).map(inLog -> {
            names.addAll(inLog);
            return names;
        });
    }

    /** The full names of all that {@link #with} finds, in ascending order. Fails if those of one scope cannot be read. */
    Future<SortedSet<String>> names() {
        SortedSet<String> names = new TreeSet<>(exposed.groups().keySet());
        return ReaderGroup.list(vertx, log, kept()).map(inLog -> {
            names.addAll(inLog);
            return names;
        });
    }

    /** Made with the first call. */
    private StateSync kept() {
        if (kept.get() == null) {
            Kept made = Kept.in(vertx, log);
            if (!kept.compareAndSet(null, made)) {
                made.close();
            }
        }
        Kept known = kept.get();
        if (known == null || isClosed) {
            closeKept();
            throw new StrandlineException.Unavailable("the server stops");
        }
        return known.sync;
    }

    private Future<Void> closeKept() {
        Kept last = kept.getAndSet(null);
        return last == null ? Future.succeededFuture() : last.close();
    }

    /** Gives back what calls have opened. Calls that go on, and later ones, fail with Unavailable. */
    Future<Void> close() {
        isClosed = true;
        return closeKept();
    }
}
