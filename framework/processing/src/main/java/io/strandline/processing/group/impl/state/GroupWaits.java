package io.strandline.processing.group.impl.state;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.processing.group.GroupCheckpoint;
import io.strandline.processing.group.ReaderGroup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Waits until a group's state is such as somebody wants it. Callable from any thread. */
public final class GroupWaits {

    private final GroupStore store;
    private final GroupPositions positions;
    private final String group;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Set<Promise<?>> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    public GroupWaits(GroupStore store, GroupPositions positions, String group) {
        this.store = store;
        this.positions = positions;
        this.group = group;
    }

    /** Completes when the committed position is at the cut or past it. */
    public Future<Void> forPosition(StreamCut cut) {
        return positions
                .requireKnown(cut)
                .compose(known -> until(state -> state.options() == null
                        ? Future.failedFuture(new StrandlineException.NotFound("group " + group + " was deleted"))
                        : positions.isPast(state, cut).map(past -> past ? Boolean.TRUE : null)))
                .mapEmpty();
    }

    /** Completes when a checkpoint that was begun is complete. */
    public Future<GroupCheckpoint> forCheckpoint(String name) {
        return until(state -> {
            if (state.meetings().containsKey(name)) {
                return Future.succeededFuture(null);
            }
            for (GroupCheckpoint checkpoint : positions.checkpoints(state)) {
                if (checkpoint.name().equals(name)) {
                    return Future.succeededFuture(checkpoint);
                }
            }
            return Future.failedFuture(
                    new StrandlineException.Conflict("checkpoint " + name + " of group " + group + " was given up"));
        });
    }

    /** Fails who waits, and who would. */
    public void close() {
        closed = true;
        List.copyOf(open).forEach(this::failClosed);
    }

    private void failClosed(Promise<?> waiter) {
        waiter.tryFail(new StrandlineException.Unavailable("group " + group + " was closed here"));
    }

    /** How many wait, for a test. */
    int open() {
        return open.size();
    }

    /** Looks after each change. Only one look is under way at a time. */
    private <T> Future<T> until(Function<GroupState, Future<@Nullable T>> look) {
        if (waiting.incrementAndGet() > ReaderGroup.MAX_WAITING) {
            waiting.decrementAndGet();
            return Future.failedFuture(new StrandlineException.Overloaded(ReaderGroup.MAX_WAITING
                    + " callers wait for group " + group + " already, the limit is " + ReaderGroup.MAX_WAITING));
        }
        Promise<T> found = Promise.promise();
        AtomicBoolean looking = new AtomicBoolean();
        AtomicBoolean again = new AtomicBoolean();
        Runnable[] step = new Runnable[1];
        step[0] = () -> {
            again.set(true);
            if (!looking.compareAndSet(false, true)) {
                return;
            }
            again.set(false);
            look.apply(store.state()).onComplete((result, failure) -> {
                looking.set(false);
                if (failure != null) {
                    found.tryFail(failure);
                } else if (result != null) {
                    found.tryComplete(result);
                } else if (again.get()) {
                    step[0].run();
                }
            });
        };
        open.add(found);
        if (closed) {
            failClosed(found);
        }
        Runnable unlisten = store.listen(step[0]);
        step[0].run();
        return found.future().onComplete(done -> {
            unlisten.run();
            open.remove(found);
            waiting.decrementAndGet();
        });
    }
}
