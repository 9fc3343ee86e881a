package io.strandline.processing.pipeline.impl.handover;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.PipelineSnapshots;
import io.strandline.processing.pipeline.impl.checkpoint.Restoration;
import io.strandline.processing.pipeline.impl.checkpoint.RestoreTerms;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.task.Outage;
import io.strandline.processing.pipeline.impl.task.RunSetting;
import io.strandline.processing.pipeline.impl.task.SealedSource;
import io.strandline.processing.pipeline.impl.task.TaskOwner;
import io.strandline.processing.pipeline.impl.task.TaskVerticle;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Begins the tasks for the successors of the partitions that a run has read to their ends. Their state comes from the
 * files of the final checkpoints, both in a run that goes on and after a crash.
 *
 * <p>Belongs to the context of the run. Only one hand-over runs at a time.
 */
public final class Handover {

    private static final Logger LOG = Logger.of(Handover.class);

    private final RunSetting run;
    private final TaskDeployment deployment;
    private final Pipeline pipeline;
    private final PartitionLimit limit;
    private final TaskSet tasks;
    private final PipelineSnapshots snapshots;
    private final Restoration restoration;
    private final TaskOwner owner;

    private boolean busy;
    private boolean over;
    /** The partitions that had ended when it looked last. */
    private Set<Long> seen = Set.of();

    /**
     * Begins nothing yet.
     *
     * @param deployment deploys the tasks of the run
     * @param restoration where the run began
     * @param owner has the tasks, and hears why the run cannot go on
     */
    public Handover(
            TaskDeployment deployment,
            PartitionLimit limit,
            TaskSet tasks,
            PipelineSnapshots snapshots,
            Restoration restoration,
            TaskOwner owner) {
        this.run = deployment.run();
        this.deployment = deployment;
        this.pipeline = run.pipeline();
        this.limit = limit;
        this.tasks = tasks;
        this.snapshots = snapshots;
        this.restoration = restoration;
        this.owner = owner;
    }

    /**
     * Begins the tasks that are due if tasks have ended since the last call. If a hand-over is in progress, it looks
     * again afterwards.
     *
     * <p>Reports a failure if the state cannot be read, a task cannot start, the source does not name the successors within
     * the retry timeout, or a newer run has begun.
     */
    public void follow() {
        List<Long> ended = tasks.ended().stream().map(Snapshot::partition).toList();
        if (busy || over || seen.containsAll(ended)) {
            return;
        }
        busy = true;
        seen = Set.copyOf(ended);
        new SealedSource(run, () -> over)
                .describe(this::ends)
                .compose(source -> Outage.during(run, cause -> over, () -> limit.require(source, tasks.standing()))
                        .compose(within -> start(source, tasks.lineage(source).ready())))
                .onComplete((begun, cause) -> {
                    busy = false;
                    if (cause != null && !over) {
                        over = true;
                        owner.taskFailed(cause);
                    }
                    follow();
                });
    }

    /** Begins nothing from now on. */
    public void end() {
        over = true;
    }

    private Map<Long, Long> ends() {
        Map<Long, Long> ends = new TreeMap<>();
        tasks.ended().forEach(last -> ends.put(last.partition(), last.offset()));
        return ends;
    }

    private Future<Void> start(StreamDescription source, List<PartitionDescription> ready) {
        if (ready.isEmpty() || over) {
            return Future.succeededFuture();
        }
        Collection<Long> from = SourceLineage.predecessors(source, ready);
        List<Snapshot> last = tasks.ended().stream()
                .filter(snapshot -> from.contains(snapshot.partition()))
                .toList();
        LOG.info("{}: partitions {} of {} took over from {}", pipeline, ids(ready), pipeline.source(), from);
        RestoreTerms terms = RestoreTerms.of(run.options(), run.budget());
        // Another attempt finds no more room.
        return Outage.during(
                        run,
                        cause -> over || cause instanceof StrandlineException.Overloaded,
                        () -> snapshots.read(last, pipeline.topology(), terms))
                .compose(states -> run.vertx()
                        .executeBlocking(
                                () -> MovedState.of(
                                        pipeline.topology(),
                                        source,
                                        states,
                                        ready,
                                        run.budget(),
                                        OperatorStates::close),
                                false))
                .map(states -> make(source, ready, states))
                .compose(made -> deployment.deploy(made).onSuccess(newest -> begin(source, made)));
    }

    private List<TaskVerticle> make(
            StreamDescription source, List<PartitionDescription> ready, Map<Long, OperatorStates> states) {
        List<TaskVerticle> made = new ArrayList<>();
        for (PartitionDescription partition : ready) {
            OperatorStates moved = Objects.requireNonNull(states.get(partition.id()));
            TaskStart start = TaskStart.ofSuccessor(partition, moved, restoration.isOwn(source, partition.id()));
            made.add(new TaskVerticle(run, start, owner));
        }
        return made;
    }

    private void begin(StreamDescription source, List<TaskVerticle> started) {
        if (!over) {
            started.forEach(tasks::add);
            tasks.forgetPassed(source);
            started.forEach(TaskVerticle::begin);
        }
    }

    private static List<Long> ids(List<PartitionDescription> partitions) {
        return partitions.stream().map(PartitionDescription::id).toList();
    }
}
