package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Pipeline.Provider.Start;
import io.strandline.processing.pipeline.PipelineNames;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Seeded;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
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
 * <p>A version of several stages is looked at as a whole, by {@link #require} and {@link #prepare}, before any stage begins. Each stage
 * takes the state of the stage of the other version that has the same shuffle or source.
 *
 * @param other name under which the other version has its checkpoints
 * @param version name under which this one has its own
 * @param isStaged whether this one has several stages
 * @param checkpoint name or number of the one to begin with, or null for none
 */
public record Seed(
        String other,
        String version,
        boolean isStaged,
        @Nullable String checkpoint) {

    /**
     * What a version begins with.
     *
     * @param other name under which the other version has its checkpoints
     * @param version the one that begins, under the name that it has beside the other
     */
    public static Seed of(String other, Pipeline version, @Nullable String checkpoint) {
        return new Seed(other, version.name(), version.stages().size() > 1, checkpoint);
    }

    /**
     * Finds where the run of a stage begins: after its newest whole checkpoint if it has any, and otherwise where the seed says. The
     * other version is not disturbed.
     *
     * @param snapshots name of a stage → its snapshots
     * @param terms on which states are read
     * @throws StrandlineException as {@link #require} for a version of one stage, and Invalid if keys are held in the checkpoint
     */
    public Future<Restoration> begin(
            Pipeline stage,
            Strandline log,
            Restoration.Traces own,
            Function<String, PipelineSnapshots> snapshots,
            RestoreTerms terms) {
        if (!new CheckpointHistory(stage, own.entries()).manifests().isEmpty()) {
            return Restoration.find(stage, own, terms, Start.NEWEST);
        }
        Future<?> required = isStaged ? Future.succeededFuture() : require(stage, log, snapshots);
        return required.compose(apart -> checkpoint == null
                ? Restoration.find(stage, own, terms, Start.NEWEST)
                : seeded(stage, log, own, snapshots, terms, checkpoint));
    }

    /** The stage of the other version that has the same shuffle or source. */
    private String counterpart(Pipeline stage) {
        return other + suffix(stage);
    }

    private String suffix(Pipeline stage) {
        return stage.name().substring(version.length());
    }

    /**
     * Fails if the version may not begin.
     *
     * @param whole the version, with all of its stages
     * @param snapshots name of a stage → its snapshots
     * @throws StrandlineException.NotFound if there is no other version, or no such checkpoint
     * @throws StrandlineException.Conflict if the other version is being deleted, or a third one beside it appends to a sink of this one
     * @throws StrandlineException.Invalid if the versions are the same, if both append to one stream, if they have other stages, or if
     *     the other one was not drained at the checkpoint
     */
    public Future<Void> require(Pipeline whole, Strandline log, Function<String, PipelineSnapshots> snapshots) {
        return VersionStages.read(log, whole, other).compose(stages -> {
            requireRuns(whole, stages.first());
            return stages.sinks(whole, snapshots)
                    .map(sinks -> {
                        requireOther(whole, sinks);
                        return null;
                    })
                    .compose(apart -> BesideSinks.require(whole, log, snapshots))
                    .map(apart -> {
                        if (checkpoint != null) {
                            requireSameStages(whole, stages, checkpoint);
                        }
                        return null;
                    });
        });
    }

    private void requireRuns(Pipeline pipeline, CheckpointHistory history) {
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
    }

    private static String unversioned(Pipeline pipeline) {
        return "pipeline " + PipelineNames.nameOf(pipeline);
    }

    /** Two versions that append to one stream would give each output twice. */
    private static void requireOther(Pipeline pipeline, Set<StreamName> sinks) {
        Set<StreamName> both = VersionStages.shared(sinks, pipeline.topology().outlets());
        if (!both.isEmpty()) {
            throw new StrandlineException.Invalid(pipeline + " appends to " + both + ", as the version beside which it"
                    + " is to run: give it sinks of its own, and handlers with ids of their own");
        }
    }

    /** State does not move from stage to stage, and events that are between two stages are in neither of them. */
    private void requireSameStages(Pipeline whole, VersionStages stages, String wanted) {
        Set<String> theirs = stages.having(wanted);
        Set<String> ours = new TreeSet<>();
        whole.stages().forEach(stage -> ours.add(suffix(stage)));
        if (!isStaged && theirs.size() == 1) {
            return;
        }
        if (!stages.first().pinned().containsKey(wanted)) {
            throw new StrandlineException.Invalid("checkpoint " + wanted + " of " + unversioned(whole)
                    + " has no name, and a version of several stages begins with one that has: name one with"
                    + " checkpoint(name)");
        }
        if (!theirs.equals(ours)) {
            throw new StrandlineException.Invalid(whole + " has the stages " + titles(ours) + ", and checkpoint "
                    + wanted + " has those of " + titles(theirs) + ". State does not move to another stage: begin"
                    + " without a checkpoint, or give the pipeline another name");
        }
        if (!theirs.stream().allMatch(suffix -> stages.of(suffix).isDrained(wanted))) {
            throw new StrandlineException.Invalid("checkpoint " + wanted + " of " + unversioned(whole)
                    + " was taken while events were between its stages, so no version can begin with it: take one with"
                    + " checkpoint(name) while the pipeline runs and does not lag");
        }
    }

    /** As the application knows them: of shuffles and sources. */
    private List<String> titles(Set<String> suffixes) {
        return suffixes.stream()
                .map(suffix -> PipelineNames.nameOf(other) + suffix)
                .toList();
    }

    /**
     * With what the stages of a version are to begin, if all of them can.
     *
     * @param whole a version of several stages, which {@link #require} has let pass
     * @throws StrandlineException.Invalid if an operator does not read what the checkpoint has, or keys are held in it
     */
    public Future<Seeded> prepare(
            Pipeline whole, Strandline log, Function<String, PipelineSnapshots> snapshots, Set<String> droppable) {
        if (checkpoint == null) {
            return Future.succeededFuture(new Seeded(null, 0, 0));
        }
        String wanted = checkpoint;
        return VersionStages.read(log, whole, other).compose(stages -> {
            Future<?> last = Future.succeededFuture();
            for (Pipeline stage : whole.stages()) {
                Manifest manifest = stages.of(suffix(stage)).named(wanted).manifest();
                last = last.compose(before ->
                                snapshots.apply(counterpart(stage)).operators(manifest.snapshots(), stage.topology()))
                        .map(stored -> {
                            StateComparison.require(stage, stored, droppable);
                            return null;
                        });
            }
            Manifest first = stages.first().named(wanted).manifest();
            return last.map(
                    readable -> new Seeded(wanted, first.number(), first.taken().epoch()));
        });
    }

    private Future<Restoration> seeded(
            Pipeline stage,
            Strandline log,
            Restoration.Traces own,
            Function<String, PipelineSnapshots> snapshots,
            RestoreTerms terms,
            String wanted) {
        String counterpart = counterpart(stage);
        PipelineSnapshots others = snapshots.apply(counterpart);
        return CheckpointStream.entries(log, counterpart).compose(entries -> {
            Manifest seed = new CheckpointHistory(counterpart, stage.version(), entries)
                    .named(wanted)
                    .manifest();
            requireAsBegun(stage, new CheckpointHistory(stage, own.entries()).seeded(), seed);
            return others.read(seed.snapshots(), stage.topology(), terms).compose(states -> {
                requireNoneHeld(stage, states);
                return stage.topology().source() instanceof Operator.Shuffle
                        ? regrouped(stage, log, own, states, terms, others)
                                .map(begun -> Restoration.seededAtStart(stage, own, seed, begun))
                        : Future.succeededFuture(Restoration.seeded(stage, own, seed, states));
            });
        });
    }

    /**
     * The first stage begins after the others: they have begun with the checkpoint that had the name then.
     *
     * @param begun what the version was to begin with, null in another stage, and in a version of one
     */
    private static void requireAsBegun(Pipeline stage, @Nullable Seeded begun, Manifest seed) {
        if (begun != null
                && (begun.number() != seed.number()
                        || begun.epoch() != seed.taken().epoch())) {
            throw new StrandlineException.Conflict(
                    "checkpoint " + begun.checkpoint() + " was taken again while " + stage
                            + " began with it, as number " + seed.number() + " in place of " + begun.number()
                            + ": drop the version, and run it beside once more");
        }
    }

    /** The internal stream of this version has other partitions than that of the other one. */
    private Future<Map<Long, OperatorStates>> regrouped(
            Pipeline stage,
            Strandline log,
            Restoration.Traces own,
            Map<Long, TaskState> states,
            RestoreTerms terms,
            PipelineSnapshots others) {
        String from = PipelineNames.shuffleOf(counterpart(stage)).toString();
        List<PartitionDescription> taking = own.sourceStart().offsets().keySet().stream()
                .map(id -> own.source().byId().get(id))
                .toList();
        return log.catalog()
                .describe(from)
                .compose(former -> others.run(
                        () -> new RegroupedStates(stage.topology(), former, states, terms.budget()).to(taking)));
    }

    private static void requireNoneHeld(Pipeline pipeline, Map<Long, TaskState> states) {
        long held = states.values().stream()
                .mapToLong(state -> state.states().held().all().size())
                .sum();
        if (held > 0) {
            states.values().forEach(state -> state.states().close());
        }
        requireNoneHeld(pipeline, held);
    }

    /** What was parked of them is in a parking stream of the other version, where a replay releases them there alone. */
    static void requireNoneHeld(Pipeline pipeline, long held) {
        if (held > 0) {
            throw new StrandlineException.Invalid(pipeline + " would begin with " + held
                    + " keys that are held, of which the other version has parked events: replay or drop these, or"
                    + " begin with an earlier checkpoint");
        }
    }
}
