package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.StateChange;
import io.strandline.processing.pipeline.StateChange.Fate;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotReader.Stored;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The stages that a pipeline had in its newest checkpoint and that another version of it has no longer, because a shuffle or a source
 * is gone. Nothing reads their checkpoint streams any more, so what is in them must be given up or the version must not start. A stage
 * is former only until the first stage has a checkpoint of the next version.
 *
 * <p>Belongs to one context.
 */
final class FormerStages {

    private final Context context;
    private final Pipeline pipeline;
    private final Strandline log;
    private final CheckpointStore store;

    FormerStages(Context context, Pipeline pipeline, Strandline log, CheckpointStore store) {
        this.context = context;
        this.pipeline = pipeline;
        this.log = log;
        this.store = store;
    }

    /** What becomes of their state: nothing if the newest checkpoint is of the pipeline's version. */
    Future<List<StateChange>> compare(Set<String> droppable) {
        return newest(pipeline.name())
                .compose(first -> first == null || first.taken().version() == pipeline.version()
                        ? Future.succeededFuture(List.of())
                        : names().compose(names -> compare(names, first.taken().version(), droppable)));
    }

    private Future<List<StateChange>> compare(List<String> stages, int version, Set<String> droppable) {
        List<StateChange> changes = new ArrayList<>();
        Future<?> last = Future.succeededFuture();
        for (String stage : stages) {
            last = last.compose(before -> newest(stage))
                    .compose(manifest -> manifest == null || manifest.taken().version() != version
                            ? Future.succeededFuture(List.<List<Stored>>of())
                            : new PipelineSnapshots(context, store, stage)
                                    .operators(
                                            manifest.snapshots(),
                                            pipeline.stages().get(0).topology()))
                    .onSuccess(stored -> changes.addAll(changes(stage, stored, droppable)));
        }
        return last.map(changes);
    }

    private Future<@Nullable Manifest> newest(String stage) {
        return CheckpointStream.entries(log, stage).map(entries -> newest(entries));
    }

    private @Nullable Manifest newest(List<EventRecord<CheckpointEntry>> entries) {
        List<StoredManifest> manifests = new CheckpointHistory(pipeline, entries).manifests();
        return manifests.isEmpty() ? null : manifests.get(manifests.size() - 1).manifest();
    }

    /** Names of the stages that have a checkpoint stream, and that the pipeline does not have. */
    private Future<List<String>> names() {
        Set<String> own = new TreeSet<>();
        pipeline.stages().forEach(stage -> own.add(stage.name()));
        return VersionStages.names(log, pipeline.name())
                .map(all -> all.stream().filter(name -> !own.contains(name)).toList());
    }

    private List<StateChange> changes(String stage, List<List<Stored>> partitions, Set<String> droppable) {
        Map<String, Long> pieces = new TreeMap<>();
        partitions.forEach(operators -> operators.stream()
                .filter(stored -> StateComparison.isOfOperator(stored.id()) && stored.pieces() > 0)
                .forEach(stored -> pieces.merge(stored.id(), stored.pieces(), Long::sum)));
        List<StateChange> changes = new ArrayList<>();
        pieces.forEach((id, count) -> {
            String reason = "the pipeline has no stage " + stage + " any more, and " + whereNow(id);
            changes.add(
                    droppable.contains(id)
                            ? new StateChange(stage, id, Fate.DROPPED, count, reason)
                            : new StateChange(
                                    stage, id, Fate.REFUSED, count, reason + ", and droppedState has " + droppable));
        });
        return changes;
    }

    private String whereNow(String id) {
        for (Pipeline stage : pipeline.stages()) {
            for (Operator.WithState operator : stage.topology().withState()) {
                if (operator.id().equals(id)) {
                    return "the operator is in stage " + stage.name() + ", to which state does not move";
                }
            }
        }
        return "no operator has this id";
    }
}
