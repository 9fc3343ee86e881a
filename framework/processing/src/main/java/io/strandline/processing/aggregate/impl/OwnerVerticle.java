package io.strandline.processing.aggregate.impl;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
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

    private final OpenAggregates<C, E, S> all;
    private final Setting<C, E, S> setting;
    private final HotSet<C, S> hot;
    private final SnapshotStore<S> snapshots;
    private final Rebuilding<C, E, S> rebuilding;

    private volatile boolean deployed;

    /** Touched on its context, as is what ends it. */
    private final Set<PartitionOwner<C, E, S>> owned = new LinkedHashSet<>();

    private @Nullable Future<Void> drained;

    OwnerVerticle(OpenAggregates<C, E, S> all) {
        this.all = all;
        this.setting = all.setting();
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
        return snapshots.open();
    }

    /** True from its start on: it has a context. */
    boolean isDeployed() {
        return deployed;
    }

    /** Undeployed by somebody else: then all of it closes. */
    @Override
    public Future<?> stop() {
        all.close();
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

    /** Makes the owner of a partition here, which is begun by the caller. */
    PartitionOwner<C, E, S> create(PartitionDescription partition) {
        PartitionOwner<C, E, S> made = new PartitionOwner<>(this, partition);
        run(() -> {
            if (drained == null) {
                owned.add(made);
            } else {
                // A successor that was found while all closes: nobody else would let its claim go.
                made.close(all.closed());
            }
        });
        return made;
    }

    /** The owner of a partition, which is made here if there is none. */
    PartitionOwner<C, E, S> ownerOf(PartitionDescription partition) {
        return all.ownerOf(partition, this);
    }

    /** The keys of an owner went to others. */
    void moved(PartitionOwner<C, E, S> from, List<PartitionOwner<C, E, S>> to) {
        owned.remove(from);
        all.moved(from, to);
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
        StrandlineException closed = all.closed();
        List<Future<Void>> ended = new ArrayList<>();
        owned.forEach(owner -> ended.add(owner.close(closed)));
        return Future.join(ended).transform(done -> snapshots.close());
    }
}
