package io.strandline.processing.aggregate.impl;

import io.strandline.StrandlineException;
import io.strandline.internal.VerticleStart;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One context that owns partitions: their aggregates in memory, their rebuilding and their snapshots. */
final class OwnerVerticle<C, E, S> extends VerticleBase {

    private final Setting<C, E, S> setting;
    private final Runnable whenUndeployed;
    private final HotSet<C, S> hot;
    private final SnapshotStore<S> snapshots;
    private final Rebuilding<C, E, S> rebuilding;

    private volatile boolean deployed;

    /** Touched on its context, as is what ends it. */
    private final Set<PartitionOwner<C, E, S>> owned = new LinkedHashSet<>();

    private @Nullable Future<Void> drained;

    /** @param whenUndeployed hears that somebody else has undeployed it */
    OwnerVerticle(Setting<C, E, S> setting, Runnable whenUndeployed) {
        this.setting = setting;
        this.whenUndeployed = whenUndeployed;
        this.hot = new HotSet<>(
                setting.share(setting.options().getHotAggregates()),
                setting.share(setting.options().getHotBytes()),
                setting.counters());
        this.snapshots = new SnapshotStore<>(setting);
        this.rebuilding = new Rebuilding<>(setting, snapshots);
    }

    @Override
    public Future<?> start() {
        deployed = true;
        return VerticleStart.told(context, snapshots.open());
    }

    /** True from its start on: it has a context. */
    boolean isDeployed() {
        return deployed;
    }

    /** Undeployed by somebody else: then all of it closes. */
    @Override
    public Future<?> stop() {
        whenUndeployed.run();
        return drain();
    }

    Setting<C, E, S> setting() {
        return setting;
    }

    HotSet<C, S> hot() {
        return hot;
    }

    SnapshotStore<S> snapshots() {
        return snapshots;
    }

    Rebuilding<C, E, S> rebuilding() {
        return rebuilding;
    }

    Context vertxContext() {
        return context;
    }

    boolean isCurrent() {
        return ((ContextInternal) context).inThread();
    }

    void run(Runnable task) {
        context.runOnContext(ignored -> task.run());
    }

    /** Sees to it that an owner, which was made for this context, is closed with all others. From any thread. */
    void add(PartitionOwner<C, E, S> made) {
        run(() -> {
            if (drained == null) {
                owned.add(made);
            } else {
                // A successor that was found while all closes: nobody else would let its claim go.
                made.close(setting.closed());
            }
        });
    }

    /** An owner has nothing more to close. On its context. */
    void remove(PartitionOwner<C, E, S> gone) {
        owned.remove(gone);
    }

    /** Answers what is under way and lets the claims go. From any thread. */
    Future<Void> drain() {
        Promise<Void> done = Promise.promise();
        run(() -> {
            Future<Void> begun = drained;
            if (begun == null) {
                begun = drainNow();
                drained = begun;
            }
            begun.onComplete(done);
        });
        return done.future();
    }

    private Future<Void> drainNow() {
        StrandlineException closed = setting.closed();
        List<Future<Void>> ended = new ArrayList<>();
        owned.forEach(owner -> ended.add(owner.close(closed)));
        return Future.join(ended).transform(done -> snapshots.close());
    }
}
