package io.strandline.server.impl.operation;

import io.strandline.Strandline;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.server.Exposed;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Objects;
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
    private final AtomicReference<@Nullable StateSync> kept = new AtomicReference<>();

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

    /** Made with the first call. It closes with Vert.x. */
    private StateSync kept() {
        StateSync known = kept.get();
        if (known != null) {
            return known;
        }
        StateSync made = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        if (kept.compareAndSet(null, made)) {
            return made;
        }
        made.close();
        return Objects.requireNonNull(kept.get());
    }
}
