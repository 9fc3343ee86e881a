package io.strandline.sync.impl.relay;

import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.strandline.sync.StateSyncOptions;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Has a member encode the whole state, and hands it to the store. Belongs to the relay's context. */
final class Compaction {

    private static final Logger LOG = Logger.of(Compaction.class);

    private final ContextInternal context;
    private final StoreCalls store;
    private final StreamName name;
    private final StateSyncOptions options;
    private boolean running;

    Compaction(ContextInternal context, StoreCalls store, StreamName name, StateSyncOptions options) {
        this.context = context;
        this.store = store;
        this.name = name;
        this.options = options;
    }

    /**
     * Compacts if an append of so many revisions has reached a multiple of {@code compactAfter}: so one of many writers
     * does it, without talking about it.
     */
    void afterAppend(Batch batch, long sinceWhole) {
        long before = Math.max(0, sinceWhole - batch.revisions().size());
        int every = options.getCompactAfter();
        if (running || sinceWhole / every == before / every) {
            return;
        }
        running = true;
        now(batch).onComplete((done, failure) -> {
            running = false;
            if (failure != null) {
                LOG.warn("{} was not compacted; its store refuses appends when it is full", name, failure);
            }
        });
    }

    /** Compacts at the state of the last member of a batch, within the answer timeout. Completes on the context. */
    Future<Boolean> now(Batch batch) {
        List<RelayMember> freshest = new ArrayList<>(batch.members());
        Future<Boolean> compacted = freshest.get(freshest.size() - 1)
                .snapshot()
                .timeout(options.getAnswerTimeoutMillis(), TimeUnit.MILLISECONDS)
                .compose(snapshot -> snapshot.number() == 0 ? Future.succeededFuture(false) : store.compact(snapshot));
        return context.future(
                done -> compacted.onComplete((result, failure) -> context.emit(v -> done.complete(result, failure))));
    }
}
