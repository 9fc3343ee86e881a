package io.strandline.processing.pipeline.impl;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.CheckpointStatistics.Pauses;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Pinned;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Unpinned;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.KnownDecisions;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.Restoration;
import io.strandline.processing.pipeline.impl.checkpoint.RunSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.SourceHold;
import io.strandline.processing.pipeline.impl.checkpoint.SpentWriters;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog;
import io.strandline.processing.pipeline.impl.handover.TaskSet;
import io.strandline.processing.pipeline.impl.task.RunSetting;
import io.strandline.processing.pipeline.impl.task.TaskVerticle;
import io.strandline.processing.pipeline.impl.task.Unhandled;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Takes one checkpoint after the other. Belongs to the context of its {@link CheckpointVerticle}, which never asks for two
 * at a time.
 */
final class CheckpointTaker {

    private static final Logger LOG = Logger.of(CheckpointTaker.class);

    private final Pipeline pipeline;
    private final TaskSet tasks;
    private final PipelineSnapshots snapshots;
    private final long epoch;
    private final CheckpointStream stream;
    private final TickLog ticks;
    private final Ticker.TimeSource time;
    private final SourceHold hold;
    private final KnownDecisions decisions;
    private final Supplier<Future<StreamDescription>> source;
    private final SpentWriters spentWriters;
    private final SortedMap<Long, Long> origin;
    private final long sharedUpTo;
    private final int retainedCheckpoints;
    /** Oldest first. */
    private final Deque<StoredManifest> retained;

    /** Name → checkpoint that is kept beside the retained ones. */
    private final SortedMap<String, StoredManifest> pins;

    /** The run began from an earlier checkpoint, and has taken none yet: those after it still count. */
    private boolean isReentry;

    /** What an audit reads, which is kept until it ends. */
    private List<StoredManifest> audited = List.of();

    private long number;
    /** The last one has failed because of a handler that has failed. */
    private boolean isUnhandled;

    private final CutPauses pauses = new CutPauses();

    /** Written on the context, read anywhere. */
    private volatile CheckpointStatistics statistics;

    /**
     * What one checkpoint is made of.
     *
     * @param tasks those that were cut
     * @param cuts their cuts, in the same order
     * @param ended final snapshots of partitions without a task
     */
    private record Captured(List<TaskVerticle> tasks, List<TaskCut> cuts, List<Snapshot> ended) {

        /** Partition → number of the next step: there may be steps after one event, and the offset does not tell them. */
        SortedMap<Long, Long> steps() {
            SortedMap<Long, Long> steps = new TreeMap<>();
            cuts.forEach(cut -> steps.put(cut.partition(), cut.step()));
            ended.forEach(last -> steps.put(last.partition(), last.step()));
            return steps;
        }

        /** Number of keys that have changed. */
        long changedKeys() {
            return cuts.stream().mapToLong(cut -> cut.states().changedKeys()).sum();
        }

        void release() {
            tasks.forEach(TaskVerticle::releaseCut);
        }
    }

    /**
     * Where a checkpoint leaves what a later run needs.
     *
     * @param own takes the snapshots
     * @param stream takes the manifest
     * @param ticks forgets those before the checkpoint
     * @param hold keeps the events after it
     */
    record Places(RunSnapshots own, CheckpointStream stream, TickLog ticks, SourceHold hold) {}

    CheckpointTaker(
            RunSetting run,
            TaskSet tasks,
            Places places,
            Restoration restoration,
            Ticker.TimeSource time,
            boolean isReentry) {
        this.time = time;
        this.isReentry = isReentry;
        this.pipeline = run.pipeline();
        this.tasks = tasks;
        this.snapshots = places.own().kept();
        this.epoch = places.own().epoch();
        this.stream = places.stream();
        this.ticks = places.ticks();
        this.hold = places.hold();
        this.decisions = run.decisions();
        this.source = () -> run.log().catalog().describe(pipeline.source().toString());
        this.spentWriters = new SpentWriters(pipeline, run.log(), run.sinks());
        this.origin = restoration.origin();
        this.sharedUpTo = restoration.sharedUpTo();
        this.retainedCheckpoints = run.options().getRetainedCheckpoints();
        this.retained = new ArrayDeque<>(restoration.usable());
        this.pins = new TreeMap<>(restoration.pins());
        this.number = restoration.newest();
        StoredManifest newest = retained.peekLast();
        Checkpoint restored = newest == null ? null : newest.toCheckpoint(pipeline.source());
        this.statistics = new CheckpointStatistics(0, restored, 0, 0, 0, Pauses.NONE, restored, restoration.damaged());
    }

    /**
     * Takes a checkpoint: cuts every task, waits for its outputs, writes the snapshots, then the manifest. Then it releases
     * the tasks that have ended and deletes everything that is no longer retained. If the tasks are at the positions of
     * the newest checkpoint, that checkpoint is the result.
     */
    Future<Checkpoint> take() {
        long began = System.nanoTime();
        List<TaskVerticle> reading = tasks.reading();
        List<Snapshot> ended = tasks.ended();
        isUnhandled = false;
        return cut(reading).compose(cuts -> {
            Captured captured = new Captured(reading, cuts, ended);
            StoredManifest newest = retained.peekLast();
            if (newest != null && !isReentry && isStillTrue(newest.manifest(), captured)) {
                captured.release();
                endTasks(captured, newest.manifest());
                return hold.follow(Objects.requireNonNull(retained.peekFirst())
                                .manifest()
                                .offsets())
                        .map(followed -> newest.toCheckpoint(pipeline.source()));
            }
            return store(captured, began);
        });
    }

    /** Cuts every task, or none. */
    private Future<List<TaskCut>> cut(List<TaskVerticle> reading) {
        List<Future<TaskCut>> cuts = reading.stream().map(TaskVerticle::cut).toList();
        return Future.join(cuts).map(all -> all.<TaskCut>list()).recover(first -> {
            Throwable other = null;
            for (int i = 0; i < cuts.size(); i++) {
                Future<TaskCut> cut = cuts.get(i);
                if (cut.succeeded()) {
                    reading.get(i).releaseCut();
                } else if (!(cut.cause() instanceof Unhandled)) {
                    other = cut.cause();
                }
            }
            if (other == null && first instanceof Unhandled unhandled) {
                isUnhandled = true;
                return Future.failedFuture(unhandled.failure());
            }
            return Future.failedFuture(other == null ? first : other);
        });
    }

    /** A key that is released is a change without a step. */
    private boolean isStillTrue(Manifest newest, Captured captured) {
        return captured.changedKeys() == 0
                && newest.taken().version() == pipeline.version()
                && newest.steps().equals(captured.steps());
    }

    private Future<Checkpoint> store(Captured captured, long began) {
        number++;
        Taken taken = new Taken(number, epoch, pipeline.version());
        return writeSnapshots(taken, captured)
                .compose(written -> appendManifest(taken, captured, written))
                .map(stored -> retain(stored, captured, began))
                .compose(checkpoint -> cleanUp().map(checkpoint));
    }

    private Future<List<Snapshot>> writeSnapshots(Taken taken, Captured captured) {
        return snapshots.write(taken, captured.cuts()).onComplete(written -> captured.release());
    }

    private Future<StoredManifest> appendManifest(Taken taken, Captured captured, List<Snapshot> written) {
        List<Snapshot> named = new ArrayList<>(written);
        named.addAll(captured.ended());
        named.sort(Comparator.comparingLong(Snapshot::partition));
        Manifest manifest = new Manifest(taken, origin, sharedUpTo, named);
        return stream.append(manifest).map(offset -> new StoredManifest(offset, time.millis(), manifest));
    }

    private Checkpoint retain(StoredManifest stored, Captured captured, long began) {
        retained.addLast(stored);
        isReentry = false;
        endTasks(captured, stored.manifest());
        Checkpoint checkpoint = stored.toCheckpoint(pipeline.source());
        CheckpointStatistics before = statistics;
        for (int i = 0; i < captured.cuts().size(); i++) {
            TaskCut cut = captured.cuts().get(i);
            captured.tasks().get(i).checkpointed(cut.step());
            pauses.record(cut.pauseNanos());
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        statistics = new CheckpointStatistics(
                before.taken() + 1,
                checkpoint,
                millis,
                bytesOf(stored),
                captured.changedKeys(),
                CutPauses.together(List.of(pauses)),
                before.restored(),
                before.damaged());
        LOG.debug("{}: checkpoint {} at {} in {} ms", pipeline, checkpoint.number(), checkpoint.cut(), millis);
        return checkpoint;
    }

    /** Bytes of the files that were written for it. */
    private static long bytesOf(StoredManifest stored) {
        Manifest manifest = stored.manifest();
        return manifest.snapshots().stream()
                .filter(snapshot -> snapshot.taken().equals(manifest.taken()))
                .mapToLong(Snapshot::length)
                .sum();
    }

    /** A durable checkpoint holds the whole of the partitions that have ended, so their tasks are done. */
    private void endTasks(Captured captured, Manifest durable) {
        for (int i = 0; i < captured.cuts().size(); i++) {
            TaskCut cut = captured.cuts().get(i);
            if (cut.ended()) {
                tasks.end(captured.tasks().get(i), Objects.requireNonNull(durable.snapshot(cut.partition())));
            }
        }
    }

    /** Forgets all but the retained checkpoints. What cannot be deleted now is tried again at the next. */
    Future<Void> cleanUp() {
        while (retained.size() > retainedCheckpoints) {
            retained.removeFirst();
        }
        List<StoredManifest> kept = keptManifests();
        if (retained.isEmpty() || isReentry) {
            // Without one of this run, a crash goes on from the newest. Or no checkpoint was whole. What there is of
            // them may tell why, so it stays until there is another one.
            return spentWriters.retire(named(kept));
        }
        Future<Void> swept = snapshots
                .sweep(kept, epoch)
                .compose(done -> decisions.neededFrom(kept, source))
                .compose(needed -> ticks.neededFrom(kept, source).map(ofTicks -> Math.min(ofTicks, needed)))
                .compose(stream::truncate)
                .recover(cause -> {
                    LOG.warn(
                            "{}: old checkpoints stay for now in {} and {}: {}",
                            pipeline,
                            snapshots,
                            stream,
                            cause.toString());
                    return Future.succeededFuture();
                });
        // Beside it: what is kept needs nothing of what goes.
        Future<Void> followed = hold.follow(
                Objects.requireNonNull(retained.peekFirst()).manifest().offsets());
        return Future.join(swept, followed).compose(done -> spentWriters.retire(named(kept)));
    }

    private static Set<Long> named(List<StoredManifest> kept) {
        Set<Long> named = new TreeSet<>();
        kept.forEach(stored -> named.addAll(stored.manifest().offsets().keySet()));
        return named;
    }

    // ---- checkpoints with names

    /** All that are kept, in the order in which they were taken. */
    private List<StoredManifest> keptManifests() {
        List<StoredManifest> kept = new ArrayList<>(retained);
        pins.values().stream().filter(pinned -> !kept.contains(pinned)).forEach(kept::add);
        audited.stream().filter(read -> !kept.contains(read)).forEach(kept::add);
        kept.sort(Comparator.comparingLong(StoredManifest::offset));
        return kept;
    }

    List<Checkpoint> kept() {
        return keptManifests().stream()
                .map(stored -> stored.toCheckpoint(pipeline.source()))
                .toList();
    }

    SortedMap<String, Checkpoint> pinned() {
        SortedMap<String, Checkpoint> named = new TreeMap<>();
        pins.forEach((name, stored) -> named.put(name, stored.toCheckpoint(pipeline.source())));
        return named;
    }

    /** Fails unless one more checkpoint may have this name. */
    void requireFree(String name) {
        Limits.require("length of checkpoint name", name.length(), 1, RunningPipeline.MAX_CHECKPOINT_NAME_LENGTH);
        StreamName.requireValid("checkpoint", name);
        if (name.chars().allMatch(Character::isDigit)) {
            throw new StrandlineException.Invalid("checkpoint name " + name + " looks like a number of a checkpoint");
        }
        if (pins.containsKey(name)) {
            throw new StrandlineException.Conflict(
                    pipeline + " has a checkpoint " + name + ", and with other names " + pins.keySet());
        }
        if (pins.size() >= RunningPipeline.MAX_PINNED_CHECKPOINTS) {
            throw new StrandlineException.Overloaded(pipeline + " has " + pins.size() + " checkpoints with names "
                    + pins.keySet() + ", the limit is " + RunningPipeline.MAX_PINNED_CHECKPOINTS);
        }
    }

    /**
     * Gives a name to a checkpoint that is kept. Completes when that is durable, and retention of the source knows of it.
     *
     * @param isDrained see {@link Pinned#isDrained}
     */
    Future<Checkpoint> pin(String name, Checkpoint checkpoint, boolean isDrained) {
        requireFree(name);
        StoredManifest found = null;
        for (StoredManifest stored : keptManifests()) {
            if (stored.manifest().number() == checkpoint.number()) {
                found = stored;
            }
        }
        if (found == null) {
            return Future.failedFuture(new StrandlineException.Conflict(
                    "checkpoint " + checkpoint.number() + " of " + pipeline + " is not kept any more"));
        }
        // Before it is durable, so that its files stay.
        pins.put(name, found);
        StoredManifest pinned = found;
        return hold.pin(name, found.manifest().offsets())
                .compose(held -> stream.append(new Pinned(
                        name,
                        pinned.manifest().number(),
                        pinned.manifest().taken().epoch(),
                        isDrained)))
                .map(durable -> checkpoint)
                .recover(cause -> {
                    if (cause instanceof StrandlineException.Unknown) {
                        // The next start may find the name, and then needs the files. It can be taken back.
                        return Future.failedFuture(cause);
                    }
                    pins.remove(name);
                    return hold.unpin(name).transform(released -> Future.failedFuture(cause));
                });
    }

    /** Takes a name back. The checkpoint goes with the next cleaning, unless it is retained. */
    Future<Void> unpin(String name) {
        if (!pins.containsKey(name)) {
            return Future.failedFuture(new StrandlineException.NotFound(
                    pipeline + " has no checkpoint with name " + name + ", it has " + pins.keySet()));
        }
        return stream.append(new Unpinned(name)).compose(durable -> {
            pins.remove(name);
            return hold.unpin(name);
        });
    }

    // ---- audits

    /** The checkpoint that is kept and has a name or a number. */
    StoredManifest find(String wanted) {
        StoredManifest named = pins.get(wanted);
        for (StoredManifest stored : keptManifests()) {
            if (Long.toString(stored.manifest().number()).equals(wanted)) { // no name is a number
                named = stored;
            }
        }
        if (named == null) {
            throw new StrandlineException.NotFound(pipeline + " has no checkpoint " + wanted + ", it has "
                    + keptManifests().stream()
                            .map(stored -> stored.manifest().number())
                            .toList()
                    + " and with names " + pins.keySet());
        }
        return named;
    }

    /** The oldest and the newest of the retained checkpoints, none if there are not two. */
    List<StoredManifest> retainedRange() {
        return retained.size() < 2 ? List.of() : List.of(retained.getFirst(), retained.getLast());
    }

    /** Keeps two checkpoints, and the events after the first, until {@link #endAudit}. */
    Future<Void> beginAudit(StoredManifest from, StoredManifest to) {
        audited = List.of(from, to);
        return hold.audit(from.manifest().offsets());
    }

    Future<Void> endAudit() {
        audited = List.of();
        return hold.endAudit();
    }

    /** Whether the last one has failed because outputs wait for a handler that has failed. Then the run goes on, and a later one may succeed. */
    boolean isUnhandled() {
        return isUnhandled;
    }

    /** Whether the run began from an earlier checkpoint and has taken none yet, so that a crash undoes that. */
    boolean isReentry() {
        return isReentry;
    }

    CheckpointStatistics statistics() {
        return statistics;
    }

    /** Read anywhere. */
    CutPauses pauses() {
        return pauses;
    }
}
