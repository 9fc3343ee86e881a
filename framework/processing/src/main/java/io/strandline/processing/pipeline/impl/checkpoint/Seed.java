package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Pipeline.Provider.Start;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where a version begins that runs beside another one: with the state of one of its checkpoints, or without any. Afterwards it has
 * checkpoints of its own and needs nothing of the other.
 *
 * @param other name under which the other version has its checkpoints
 * @param checkpoint name or number of the one to begin with, or null for none
 */
public record Seed(String other, @Nullable String checkpoint) {

    /**
     * Finds where the run begins: after its newest whole checkpoint if it has any, and otherwise where the seed says. The other
     * version is not disturbed.
     *
     * @param snapshots name of a pipeline → its snapshots
     * @param terms on which states are read
     * @throws StrandlineException.NotFound if there is no other version, or no such checkpoint
     * @throws StrandlineException.Conflict if the other version is being deleted, or a third one beside it appends to a sink of this one
     * @throws StrandlineException.Invalid if the versions are the same, if both append to one stream, if the other has several
     *     stages, or if keys are held in the checkpoint
     */
    public Future<Restoration> begin(
            Pipeline pipeline,
            Strandline log,
            Restoration.Traces own,
            Function<String, PipelineSnapshots> snapshots,
            RestoreTerms terms) {
        if (!new CheckpointHistory(pipeline, own.entries()).manifests().isEmpty()) {
            return Restoration.find(pipeline, own, terms, Start.NEWEST);
        }
        return CheckpointStream.entries(log, other).compose(entries -> {
            CheckpointHistory history = historyOf(pipeline, entries);
            PipelineSnapshots others = snapshots.apply(other);
            return requireOtherSinks(pipeline, history, others)
                    .compose(apart -> BesideSinks.require(pipeline, log, snapshots))
                    .compose(apart -> checkpoint == null
                            ? Restoration.find(pipeline, own, terms, Start.NEWEST)
                            : seeded(pipeline, own, history.named(checkpoint), others, terms));
        });
    }

    private CheckpointHistory historyOf(Pipeline pipeline, List<EventRecord<CheckpointEntry>> entries) {
        CheckpointHistory history = new CheckpointHistory(PipelineNames.named(pipeline, other), entries);
        if (history.isEmpty()) {
            throw new StrandlineException.NotFound(
                    "no version of " + unversioned(pipeline) + " has run yet, beside which " + pipeline + " could");
        }
        if (history.isDeleted()) {
            throw new StrandlineException.Conflict(
                    unversioned(pipeline) + " is being deleted, so " + pipeline + " cannot begin beside it");
        }
        Switched switched = history.switched();
        if (switched != null) {
            throw new StrandlineException.Conflict(unversioned(pipeline) + " was switched to version " + switched.to()
                    + ", which was dropped: deploy version " + switched.from() + " before " + pipeline
                    + " begins beside it");
        }
        if (history.version() == pipeline.version()) {
            throw new StrandlineException.Invalid(unversioned(pipeline) + " is of version " + pipeline.version()
                    + " too: raise the version of what is to run beside it");
        }
        return history;
    }

    private static String unversioned(Pipeline pipeline) {
        return "pipeline " + PipelineNames.nameOf(pipeline);
    }

    /** Two versions that append to one stream would give each output twice. */
    private Future<Void> requireOtherSinks(Pipeline pipeline, CheckpointHistory history, PipelineSnapshots others) {
        return others.sinks(history.manifests(), pipeline.topology()).map(sinks -> {
            requireOther(pipeline, sinks);
            return null;
        });
    }

    private void requireOther(Pipeline pipeline, Set<StreamName> sinks) {
        if (sinks.stream().anyMatch(Operator.Shuffle::isStream)) {
            throw new StrandlineException.Invalid(unversioned(pipeline)
                    + " has shuffles, and no version runs beside one with shuffles: give the new one another name");
        }
        Set<StreamName> both = new TreeSet<>(sinks);
        both.retainAll(pipeline.topology().outlets());
        if (!both.isEmpty()) {
            throw new StrandlineException.Invalid(pipeline + " appends to " + both + ", as the version beside which it"
                    + " is to run: give it sinks of its own, and handlers with ids of their own");
        }
    }

    private static Future<Restoration> seeded(
            Pipeline pipeline,
            Restoration.Traces own,
            StoredManifest seed,
            PipelineSnapshots others,
            RestoreTerms terms) {
        return others.read(seed.manifest().snapshots(), pipeline.topology(), terms)
                .map(states -> {
                    requireNoneHeld(pipeline, states);
                    return Restoration.seeded(pipeline, own, seed.manifest(), states);
                });
    }

    /** What was parked of them is in a parking stream of the other version, where a replay releases them there alone. */
    private static void requireNoneHeld(Pipeline pipeline, Map<Long, TaskState> states) {
        int held = states.values().stream()
                .mapToInt(state -> state.states().held().all().size())
                .sum();
        if (held > 0) {
            states.values().forEach(state -> state.states().close());
            throw new StrandlineException.Invalid(pipeline + " would begin with " + held
                    + " keys that are held, of which the other version has parked events: replay or drop these, or"
                    + " begin with an earlier checkpoint");
        }
    }
}
