package io.strandline.processing.group.impl.state;

import io.strandline.StreamName;
import io.strandline.sync.ChangeReader;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A group's state in a synchronizer. It is opened on a context of its own, so that a reader that is undeployed can still
 * give back what it had.
 */
public final class SyncedGroupStore implements GroupStore {

    private final StateSynchronizer<GroupState, GroupUpdate> synchronizer;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    private SyncedGroupStore(StateSynchronizer<GroupState, GroupUpdate> synchronizer) {
        this.synchronizer = synchronizer;
    }

    /** Opens the state of a group. */
    public static Future<SyncedGroupStore> open(Vertx vertx, StateSync sync, String group) {
        return open(vertx, sync, () -> GroupNames.state(StreamName.parse(group)));
    }

    /** Opens the state of those that share the partitions of a stream. */
    public static Future<SyncedGroupStore> ofShares(Vertx vertx, StateSync sync, StreamName stream) {
        return open(vertx, sync, () -> GroupNames.shares(stream));
    }

    private static Future<SyncedGroupStore> open(Vertx vertx, StateSync sync, Supplier<StreamName> name) {
        Context own = ((VertxInternal) vertx).createEventLoopContext();
        Promise<SyncedGroupStore> opened =
                ((VertxInternal) vertx).getOrCreateContext().promise();
        own.runOnContext(ignored -> {
            Future<StateSynchronizer<GroupState, GroupUpdate>> opening;
            try {
                opening = sync.open(name.get().toString(), GroupUpdate.MODEL);
            } catch (RuntimeException e) {
                opening = Future.failedFuture(e);
            }
            opening.map(synchronizer -> {
                        SyncedGroupStore store = new SyncedGroupStore(synchronizer);
                        ChangeReader<GroupState, GroupUpdate> changes = synchronizer.changes();
                        changes.handler(change -> store.listeners.forEach(Runnable::run));
                        return store;
                    })
                    .onComplete(opened);
        });
        return opened.future();
    }

    @Override
    public GroupState state() {
        return synchronizer.value();
    }

    @Override
    public Future<GroupState> fetch() {
        return synchronizer.fetch().map(newest -> newest.state());
    }

    @Override
    public <T> Future<T> decide(Function<GroupState, Decision<T>> decide) {
        AtomicReference<@Nullable Decision<T>> last = new AtomicReference<>();
        return synchronizer
                .update(state -> {
                    Decision<T> decision = decide.apply(state);
                    last.set(decision);
                    return decision.updates();
                })
                .compose(done -> {
                    Decision<T> decision = last.get();
                    if (decision == null) {
                        return Future.failedFuture(new IllegalStateException("nothing was decided"));
                    }
                    return decision.refusal() == null
                            ? Future.succeededFuture(decision.answer())
                            : Future.failedFuture(decision.refusal());
                });
    }

    @Override
    public Runnable listen(Runnable changed) {
        listeners.add(changed);
        return () -> listeners.remove(changed);
    }

    public Future<Void> close() {
        return synchronizer.close();
    }
}
