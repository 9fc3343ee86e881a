package io.strandline.processing.pipeline.impl.audit;

import io.strandline.EventRecord;
import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineAudit.Difference;
import io.strandline.processing.pipeline.PipelineAudit.Kind;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.RunStarted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointHistory;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.RestoreTerms;
import io.strandline.processing.pipeline.impl.checkpoint.SpentWriters;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.checkpoint.TaskState;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog;
import io.strandline.processing.pipeline.impl.handover.MovedState;
import io.strandline.processing.pipeline.impl.handover.SourceLineage;
import io.strandline.processing.pipeline.impl.parking.Parking;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.state.StateMismatch;
import io.strandline.processing.pipeline.impl.task.RunSetting;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One audit of a stage: has the tasks of one checkpoint do again the steps up to a later one, one partition after the other, and
 * compares their states with it. Where the source was scaled between the two, states move to the successors as in a run.
 *
 * <pre>
 *   for each partition of the first checkpoint, and then for each that succeeds some of them
 *
 *     read its state ──▶ do its steps again ──▶ compare, if the later checkpoint has it ──▶ let go of it
 *                                          └──▶ keep it until its successors have taken its state
 * </pre>
 *
 * <p>Belongs to the context of the run.
 */
public final class StageAudit {

    private final Setting setting;
    private final Pipeline stage;
    private final StoredManifest from;
    private final StoredManifest to;
    private final StateBudget budget;
    private final Promise<Result> result;
    private final List<Difference> differences = new ArrayList<>();

    /** Partitions that are still to be done from a state that is there. */
    private final Deque<TaskStart> moved = new ArrayDeque<>();
    /** Snapshots from which partitions are still to be done. */
    private final Deque<Snapshot> snapshots;
    /** Partitions that are done and whose successors have not taken over. */
    private final SortedMap<Long, RepeatedTask> ended = new TreeMap<>();

    /** Partitions that have taken over in this audit. */
    private final Set<Long> made = new TreeSet<>();
    /** Partitions whose state was compared, or whose step failed. */
    private final Set<Long> judged = new TreeSet<>();

    /** Takes what the tasks append. */
    private final RepeatedOutputs outputs;

    /** The log to which it appends, from {@link #run} on. */
    private @Nullable Strandline toOutputs;

    private @Nullable RepeatedTask current;
    /** Completes when the tasks are gone that were let go of. */
    private Future<Void> retired = Future.succeededFuture();

    private long steps;
    /** Every output after the first checkpoint has this stamp or a later one. */
    private long stampBefore;

    /**
     * What an audit works with.
     *
     * @param port of the log, or null if it does not give it away
     * @param options those of the run
     */
    public record Setting(
            Vertx vertx,
            Context context,
            Strandline log,
            @Nullable LogPort port,
            Pipeline stage,
            PipelineOptions options,
            PipelineSnapshots snapshots,
            Parking parking) {}

    /**
     * What an audit of a stage gave.
     *
     * @param steps number of steps that were done again
     */
    public record Result(StoredManifest from, StoredManifest to, long steps, List<Difference> differences) {

        /** Whether both are one checkpoint. */
        public boolean isOfOne() {
            return from.offset() == to.offset();
        }
    }

    /** What is known before the first step. */
    private record Known(RunSetting run, TickLog ticks, StreamDescription source) {}

    /** Nothing is read yet. Both checkpoints, and the events after the first, must be kept until {@link #run} completes. */
    public StageAudit(Setting setting, StoredManifest from, StoredManifest to) {
        this.setting = setting;
        this.stage = setting.stage();
        this.from = from;
        this.to = to;
        this.budget = StateBudget.ofAudit(setting.options());
        this.result = ((ContextInternal) setting.context()).promise();
        this.snapshots = new ArrayDeque<>(from.manifest().snapshots());
        LogPort port = setting.port();
        this.outputs = new RepeatedOutputs(
                setting.log().catalog(), port == null ? Batch.MAX_PLAIN_BYTES : port.maxEventBytes());
    }

    /** Does it all. A stage that did nothing between the two has one checkpoint for both. */
    public Future<Result> run() {
        if (to.offset() == from.offset()) {
            result.tryComplete(new Result(from, to, 0, differences));
        } else if (!isOver()) {
            Strandline opened = LogPort.strandline(setting.vertx(), outputs);
            toOutputs = opened;
            CheckpointStream.entries(setting.log(), stage.name())
                    .compose(entries -> know(entries, opened))
                    .compose(this::next)
                    .map(done -> new Result(from, to, steps, differences))
                    .onComplete((done, cause) -> {
                        retireAll();
                        if (cause == null) {
                            result.tryComplete(done);
                        } else {
                            result.tryFail(cause);
                        }
                    });
        }
        return result.future();
    }

    /** Ends it, unless it has ended. */
    public void cancel(Throwable cause) {
        if (result.tryFail(cause)) {
            retireAll();
        }
    }

    private void retireAll() {
        if (current != null) {
            retire(current);
            current = null;
        }
        ended.values().forEach(this::retire);
        ended.clear();
        moved.forEach(start -> start.states().close());
        moved.clear();
        Strandline opened = toOutputs;
        if (opened != null) {
            // Their writers end first.
            retired.onComplete(done -> opened.close());
        }
    }

    private void retire(RepeatedTask task) {
        Future<Void> gone = task.retire();
        retired = retired.transform(before -> gone);
    }

    private boolean isOver() {
        return result.future().isComplete();
    }

    // ---- what earlier runs left

    private Future<Known> know(List<EventRecord<CheckpointEntry>> entries, Strandline outputs) {
        long last = placeOf(entries);
        stampBefore = stampBefore(entries);
        List<EventRecord<CheckpointEntry>> before =
                entries.stream().filter(entry -> entry.offset() <= last).toList();
        CheckpointHistory history = new CheckpointHistory(stage, before);
        if (!history.manifests().contains(from) || !history.manifests().contains(to)) {
            return Future.failedFuture(new StrandlineException.Invalid(
                    "checkpoints " + from.manifest().number() + " and "
                            + to.manifest().number() + " of " + stage
                            + " are not of one line: the pipeline was restored from an"
                            + " earlier checkpoint between them"));
        }
        for (EventRecord<CheckpointEntry> entry : before) {
            if (entry.offset() >= from.offset() && !CheckpointHistory.isOfVersion(entry.event(), stage.version())) {
                return Future.failedFuture(new StrandlineException.Invalid("between checkpoints "
                        + from.manifest().number() + " and " + to.manifest().number() + " another version ran than "
                        + stage + ", at entry " + entry.offset()));
            }
        }
        RunSetting run = new RunSetting(
                setting.vertx(),
                setting.log(),
                stage,
                new PipelineOptions(setting.options()).setFailurePolicy(FailurePolicy.PAUSE),
                history.decisions(),
                setting.parking(),
                budget,
                outputs,
                true);
        TickLog ticks = new TickLog(before, tick -> Future.failedFuture("an audit makes no ticks"), true);
        return setting.log().catalog().describe(stage.source().toString()).map(source -> new Known(run, ticks, source));
    }

    /** Stamp of an entry that was there before the first checkpoint was cut: a run has one taken after the other. */
    private long stampBefore(List<EventRecord<CheckpointEntry>> entries) {
        return entries.stream()
                .filter(entry -> entry.offset() < from.offset())
                .filter(entry -> entry.event() instanceof Manifest || entry.event() instanceof RunStarted)
                .mapToLong(EventRecord::stamp)
                .max()
                .orElse(0);
    }

    /** Place of the last event of the later manifest, -1 if there is none. A decision after it is none of its. */
    private long placeOf(List<EventRecord<CheckpointEntry>> entries) {
        return entries.stream()
                .filter(entry -> entry.event() instanceof Manifest manifest
                        && manifest.taken().equals(to.manifest().taken()))
                .mapToLong(EventRecord::offset)
                .max()
                .orElse(-1);
    }

    // ---- one partition after the other

    private Future<Void> next(Known known) {
        if (isOver()) {
            return Future.succeededFuture();
        }
        TaskStart ready = moved.poll();
        if (ready != null) {
            return repeat(known, ready);
        }
        Snapshot snapshot = snapshots.poll();
        if (snapshot == null) {
            return requireAllJudged();
        }
        PartitionDescription partition = known.source().byId().get(snapshot.partition());
        if (partition == null) {
            return Future.failedFuture(new StrandlineException.Truncated("partition " + snapshot.partition() + " of "
                    + stage.source() + " is not known any more, checkpoint "
                    + from.manifest().number() + " was at its"
                    + " offset " + snapshot.offset()));
        }
        return read(snapshot).compose(state -> {
            outputs.begin(SpentWriters.idOf(stage, partition.id()), state.marks());
            return repeat(
                    known,
                    new TaskStart(partition, snapshot.offset(), snapshot.step(), state.states(), state.chain(), null));
        });
    }

    /** An audit that has left something out must not be taken for one that found it equal. */
    private Future<Void> requireAllJudged() {
        Set<Long> left = new TreeSet<>(to.manifest().offsets().keySet());
        left.removeAll(judged);
        return left.isEmpty() || differences.stream().anyMatch(each -> each.kind() == Kind.STEP)
                ? Future.succeededFuture()
                : Future.failedFuture(new StrandlineException.Corrupt("the partitions " + left + " of " + stage.source()
                        + " in checkpoint " + to.manifest().number() + " do not come from those in checkpoint "
                        + from.manifest().number() + ", "
                        + from.manifest().offsets().keySet()));
    }

    private Future<TaskState> read(Snapshot snapshot) {
        return setting.snapshots()
                .read(
                        List.of(snapshot),
                        stage.topology(),
                        new RestoreTerms(budget, true, setting.options().getDroppedState()))
                .map(states -> Objects.requireNonNull(states.get(snapshot.partition())));
    }

    private Future<Void> repeat(Known known, TaskStart start) {
        long partition = start.partition().id();
        Snapshot goal = to.manifest().snapshot(partition);
        SealedPartition sealed = known.source().sealed(partition);
        boolean goesToEnd = goal == null || (sealed != null && sealed.endOffset() == goal.offset());
        RepeatedTask task = new RepeatedTask(
                setting.context(),
                known.run(),
                start,
                known.ticks(),
                goal == null ? Long.MAX_VALUE : goal.step(),
                goesToEnd ? Long.MAX_VALUE : Objects.requireNonNull(goal).offset());
        current = task;
        return task.repeat()
                .compose(reached -> judge(task, goal))
                .compose(cut -> done(known, task, cut))
                .compose(done -> isOver() ? Future.succeededFuture() : next(known));
    }

    /** Compares a task with what the later checkpoint has of it, if it has. Completes with the cut. */
    private Future<TaskCut> judge(RepeatedTask task, @Nullable Snapshot goal) {
        Throwable failure = task.stepFailure();
        if (failure != null) {
            add(Kind.STEP, task.start().partition().id(), task.failedAt() + ": " + failure.getMessage());
        }
        return goal == null || failure != null ? task.cut() : compare(task, goal);
    }

    private Future<Void> done(Known known, RepeatedTask task, TaskCut cut) {
        outputs.end(SpentWriters.idOf(stage, cut.partition()));
        steps += cut.step() - task.start().step();
        judged.add(cut.partition());
        current = null;
        if (task.stepFailure() != null
                || successors(known.source(), cut.partition()).isEmpty()) {
            retire(task);
            return Future.succeededFuture();
        }
        ended.put(cut.partition(), task);
        return move(known);
    }

    private void add(Kind kind, long partition, String detail) {
        differences.add(new Difference(kind, stage.name(), partition, detail));
    }

    // ---- comparison

    private Future<TaskCut> compare(RepeatedTask task, Snapshot goal) {
        return read(goal)
                .compose(stored -> task.cut(key -> stored.states().held().isHeld(key))
                        .compose(cut -> {
                            comparePosition(cut, goal);
                            return new OutputComparison(setting, outputs, stampBefore)
                                    .of(cut, stored.marks())
                                    .onSuccess(differences::addAll)
                                    .compose(done ->
                                            setting.vertx().executeBlocking(() -> compare(cut, stored.states()), false))
                                    .map(found -> {
                                        differences.addAll(found);
                                        return cut;
                                    });
                        })
                        .eventually(() -> {
                            stored.states().release();
                            stored.states().close();
                            return Future.succeededFuture();
                        }));
    }

    private void comparePosition(TaskCut cut, Snapshot goal) {
        if (cut.offset() != goal.offset() || cut.step() != goal.step()) {
            add(
                    Kind.POSITION,
                    cut.partition(),
                    "the checkpoint is at offset " + goal.offset() + ", step " + goal.step()
                            + ", and the audit at offset " + cut.offset() + ", step " + cut.step());
        }
    }

    /** On a worker thread. */
    private List<Difference> compare(TaskCut cut, OperatorStates stored) throws Exception {
        OperatorStates.Captured expected = stored.capture();
        List<Difference> found = new ArrayList<>();
        if (!cut.states().time().equals(expected.time())) {
            found.add(new Difference(
                    Kind.TIME,
                    stage.name(),
                    cut.partition(),
                    "the checkpoint has " + expected.time() + ", the audit found "
                            + cut.states().time()));
        }
        for (int i = 0; i < expected.stores().size(); i++) {
            String operator = expected.stores().get(i).id();
            StateMismatch mismatch = StateMismatch.of(
                    cut.states().stores().get(i), expected.stores().get(i));
            if (mismatch != null) {
                found.add(new Difference(
                        Kind.STATE,
                        stage.name(),
                        cut.partition(),
                        operator,
                        mismatch.group(),
                        mismatch.groups(),
                        mismatch.key(),
                        mismatch.detail()));
            }
        }
        return found;
    }

    // ---- scalings

    /** The partitions that take over from one, and that the later checkpoint has or had. */
    private List<Long> successors(StreamDescription source, long partition) {
        Set<Long> begun = source.withAncestors(to.manifest().offsets().keySet());
        return source.successors(partition).stream()
                .map(PartitionDescription::id)
                .filter(begun::contains)
                .toList();
    }

    /** Gives the states of partitions that have ended to those successors whose predecessors have all ended. */
    private Future<Void> move(Known known) {
        Set<Long> begun = known.source().withAncestors(to.manifest().offsets().keySet());
        List<PartitionDescription> ready = new SourceLineage(known.source(), made, new TreeSet<>(ended.keySet()))
                .ready().stream()
                        .filter(partition -> begun.contains(partition.id()))
                        .toList();
        if (ready.isEmpty()) {
            return Future.succeededFuture();
        }
        SortedMap<Long, TaskState> states = new TreeMap<>();
        for (long id : SourceLineage.predecessors(known.source(), ready)) {
            TaskStart start = Objects.requireNonNull(ended.get(id)).start();
            states.put(id, new TaskState(Map.of(), start.states(), start.chain()));
        }
        return setting.vertx()
                .executeBlocking(
                        () -> MovedState.of(
                                stage.topology(),
                                known.source(),
                                states,
                                ready,
                                budget,
                                passed -> {}), // other successors may need them, and then the task lets go of them
                        false)
                .map(taken -> {
                    for (PartitionDescription partition : ready) {
                        made.add(partition.id());
                        moved.add(TaskStart.ofSuccessor(
                                partition, Objects.requireNonNull(taken.get(partition.id())), false));
                    }
                    retirePassed(known.source());
                    return null;
                });
    }

    /** Lets go of those that have ended and whose successors have all begun. */
    private void retirePassed(StreamDescription source) {
        for (long id : List.copyOf(ended.keySet())) {
            if (made.containsAll(successors(source, id))) {
                retire(Objects.requireNonNull(ended.remove(id)));
            }
        }
    }
}
