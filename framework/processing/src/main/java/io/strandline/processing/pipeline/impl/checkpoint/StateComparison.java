package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.StateChange;
import io.strandline.processing.pipeline.StateChange.Fate;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotReader.Stored;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.HeldKeys;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateStore;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the operators of a pipeline with the newest checkpoint of each stage. It changes nothing, also while a run goes on. */
public final class StateComparison {

    private final Pipeline stage;
    private final Set<String> droppable;
    private final List<StateChange> changes = new ArrayList<>();

    private StateComparison(Pipeline stage, Set<String> droppable) {
        this.stage = stage;
        this.droppable = droppable;
    }

    /** As {@link Pipeline#compare}. */
    public static Future<List<StateChange>> of(
            Context context, Pipeline pipeline, Strandline log, PipelineOptions options, CheckpointStore store) {
        List<StateChange> changes = new ArrayList<>();
        Future<?> last = Future.succeededFuture();
        for (Pipeline stage : pipeline.stages()) {
            PipelineSnapshots snapshots = new PipelineSnapshots(context, store, stage.name());
            last = last.compose(before -> CheckpointStream.entries(log, stage.name()))
                    .compose(entries -> {
                        List<StoredManifest> manifests = new CheckpointHistory(stage, entries).manifests();
                        return manifests.isEmpty()
                                ? Future.succeededFuture(List.<List<Stored>>of())
                                : snapshots.operators(
                                        manifests
                                                .get(manifests.size() - 1)
                                                .manifest()
                                                .snapshots(),
                                        stage.topology());
                    })
                    .onSuccess(stored ->
                            changes.addAll(new StateComparison(stage, options.getDroppedState()).compare(stored)));
        }
        return last.compose(all -> new FormerStages(context, pipeline, log, store).compare(options.getDroppedState()))
                .map(former -> {
                    changes.addAll(former);
                    return changes;
                });
    }

    /**
     * Fails with Invalid if a start of another version would leave state behind in a stage that the pipeline has no longer, and that is
     * not given up. Snapshots of which cannot be said what is in them refuse nothing.
     */
    public static Future<Void> requireNothingLeft(
            Context context, Pipeline pipeline, Strandline log, PipelineOptions options, CheckpointStore store) {
        return new FormerStages(context, pipeline, log, store)
                .compare(options.getDroppedState())
                .recover(cause ->
                        cause instanceof StrandlineException.Invalid || cause instanceof StrandlineException.Corrupt
                                ? Future.succeededFuture(List.of())
                                : Future.failedFuture(cause))
                .map(changes -> {
                    for (StateChange change : changes) {
                        if (change.fate() == Fate.REFUSED) {
                            throw new StrandlineException.Invalid("the checkpoint of " + change.stage()
                                    + " has state of operator " + change.operator() + ": " + change.reason()
                                    + ". Name it in droppedState to give it up");
                        }
                    }
                    return null;
                });
    }

    /**
     * Fails unless a stage can begin with what snapshots have.
     *
     * @param partitions what the snapshot of each partition has
     * @throws StrandlineException.Invalid if no operator reads a state that is not given up, or if keys are held
     */
    static void require(Pipeline stage, List<List<Stored>> partitions, Set<String> droppable) {
        for (StateChange change : new StateComparison(stage, droppable).compare(partitions)) {
            if (change.fate() == Fate.REFUSED) {
                throw new StrandlineException.Invalid("the checkpoint has state of operator " + change.operator() + ": "
                        + change.reason() + ". Name it in droppedState to give it up");
            }
        }
        Seed.requireNoneHeld(
                stage,
                partitions.stream()
                        .flatMap(List::stream)
                        .filter(stored -> stored.id().equals(HeldKeys.ID))
                        .mapToLong(Stored::pieces)
                        .sum());
    }

    /** @param partitions what the snapshot of each partition has */
    private List<StateChange> compare(List<List<Stored>> partitions) {
        Map<String, String> layouts = new LinkedHashMap<>();
        Map<String, Long> pieces = new LinkedHashMap<>();
        for (List<Stored> partition : partitions) {
            for (Stored stored : partition) {
                if (isOfOperator(stored.id()) && stored.pieces() > 0) {
                    layouts.put(stored.id(), stored.layout());
                    pieces.merge(stored.id(), stored.pieces(), Long::sum);
                }
            }
        }
        for (StateStore store : new OperatorStates(stage.topology(), EventTime.START).stores()) {
            if (isOfOperator(store.id())) {
                compare(store, layouts.remove(store.id()), pieces.getOrDefault(store.id(), 0L));
            }
        }
        layouts.forEach((id, layout) ->
                addUnread(id, pieces.getOrDefault(id, 0L), "no operator has this id, the state is " + layout));
        return changes;
    }

    private void compare(StateStore store, @Nullable String layout, long pieces) {
        if (layout == null) {
            add(
                    store.id(),
                    Fate.EMPTY,
                    0,
                    "the checkpoint of this stage has nothing of it, and state does not move to another stage");
        } else if (layout.equals(store.layout())) {
            add(store.id(), Fate.KEPT, pieces, "it is " + layout);
        } else {
            String reason = "the state is " + layout + ", and the operator keeps " + store.layout();
            addUnread(store.id(), pieces, reason);
        }
    }

    /** Not what a task keeps for itself. */
    static boolean isOfOperator(String id) {
        return !id.startsWith(Topology.RESERVED_PREFIX);
    }

    /** The reason of a refusal has the ids that are given up, since one of them may be misspelled. */
    private void addUnread(String id, long pieces, String reason) {
        if (droppable.contains(id)) {
            add(id, Fate.DROPPED, pieces, reason);
        } else {
            add(id, Fate.REFUSED, pieces, reason + ", and droppedState has " + droppable);
        }
    }

    private void add(String id, Fate fate, long pieces, String reason) {
        changes.add(new StateChange(stage.name(), id, fate, pieces, reason));
    }
}
