package io.strandline.processing.pipeline.impl.handover;

import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.state.HeldKeys.Held;
import io.strandline.processing.pipeline.impl.task.Brake;
import io.strandline.processing.pipeline.impl.task.OffsetWaits;
import io.strandline.processing.pipeline.impl.task.TaskVerticle;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a run is in its source: the tasks that read, and the final snapshots of the tasks that came to the end of a
 * sealed partition. A final snapshot is kept until all successors of its partition have begun. So each key has at most
 * one task, and there are no more final snapshots than partitions sealed by the scalings that the run is following.
 *
 * <p>Belongs to the context of the run.
 */
public final class TaskSet {

    private final Pipeline pipeline;
    private final SortedMap<Long, TaskVerticle> reading = new TreeMap<>();
    private final SortedMap<Long, Snapshot> ended = new TreeMap<>();

    private final Map<Long, List<Promise<TaskVerticle>>> awaited = new HashMap<>();
    private int waiting;

    /** What the tasks wait for. The first one applies. */
    private final SortedMap<Hold, Brake> brakes = new TreeMap<>();

    private boolean paused;
    private @Nullable Throwable pausedBy;

    public TaskSet(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** The tasks that read, in ascending order of their partitions. */
    public List<TaskVerticle> reading() {
        return List.copyOf(reading.values());
    }

    /** The final snapshots that are kept. */
    public List<Snapshot> ended() {
        return List.copyOf(ended.values());
    }

    /** Ids of the partitions with a task and of those whose final snapshot is kept. */
    Set<Long> standing() {
        Set<Long> standing = new TreeSet<>(reading.keySet());
        standing.addAll(ended.keySet());
        return standing;
    }

    SourceLineage lineage(StreamDescription source) {
        return new SourceLineage(source, Set.copyOf(reading.keySet()), new TreeSet<>(ended.keySet()));
    }

    public void add(TaskVerticle task) {
        long id = task.partition().id();
        reading.put(id, task);
        if (paused) {
            task.pause(pausedBy);
        }
        Brake brake = brake();
        if (brake != null) {
            task.brake(brake);
        }
        List<Promise<TaskVerticle>> callers = awaited.remove(id);
        if (callers != null) {
            waiting -= callers.size();
            callers.forEach(caller -> caller.complete(task));
        }
    }

    /** A task came to the end of its partition, and this checkpoint of it is durable. */
    public void end(TaskVerticle task, Snapshot last) {
        reading.remove(task.partition().id());
        ended.put(task.partition().id(), last);
        task.retire();
    }

    /** Forgets the final snapshots from which nothing is to begin any more. */
    void forgetPassed(StreamDescription source) {
        for (long id : lineage(source).passed()) {
            ended.remove(id);
        }
    }

    /** For each partition the offset of the next event. */
    public Future<StreamCut> position() {
        SortedMap<Long, Long> offsets = new TreeMap<>();
        ended.forEach((id, last) -> offsets.put(id, last.offset()));
        List<TaskVerticle> tasks = reading();
        return Future.all(tasks.stream().map(TaskVerticle::position).toList()).map(all -> {
            for (int i = 0; i < tasks.size(); i++) {
                offsets.put(tasks.get(i).partition().id(), all.<Long>resultAt(i));
            }
            return new StreamCut(pipeline.source(), offsets);
        });
    }

    /** Whether the next step of some task is known to be one of an earlier run. */
    public Future<Boolean> areRepeating() {
        return Future.all(reading().stream().map(TaskVerticle::isRepeating).toList())
                .map(all -> all.<Boolean>list().contains(true));
    }

    /** Completes when all events before a cut were processed. */
    public Future<Void> reached(StreamDescription source, StreamCut cut) {
        for (Map.Entry<Long, Long> wanted : cut.offsets().entrySet()) {
            StrandlineException.Invalid defect = defect(source, wanted.getKey(), wanted.getValue());
            if (defect != null) {
                return Future.failedFuture(defect);
            }
        }
        Set<Long> toCome = lineage(source).toCome();
        List<Future<Void>> reached = new ArrayList<>();
        for (Map.Entry<Long, Long> wanted : cut.offsets().entrySet()) {
            long id = wanted.getKey();
            TaskVerticle task = reading.get(id);
            if (task != null) {
                reached.add(task.reached(wanted.getValue()));
            } else if (toCome.contains(id)) {
                reached.add(begun(id).compose(begun -> begun.reached(wanted.getValue())));
            }
        }
        return Future.all(reached).mapEmpty();
    }

    private StrandlineException.@Nullable Invalid defect(StreamDescription source, long id, long offset) {
        if (!source.knows(id)) {
            return new StrandlineException.Invalid("the cut names partition " + id + ", which " + pipeline.source()
                    + " does not have; " + pipeline + " reads " + reading.keySet());
        }
        SealedPartition sealed = source.sealed(id);
        Snapshot last = ended.get(id);
        // A run may have come to an end that the catalog does not show yet.
        long end = last != null ? last.offset() : sealed != null ? sealed.endOffset() : Long.MAX_VALUE;
        return offset <= end
                ? null
                : new StrandlineException.Invalid("the cut names offset " + offset + " of partition " + id + " of "
                        + pipeline.source() + ", which is sealed at offset " + end);
    }

    /** Completes when a partition that is to come has a task. */
    private Future<TaskVerticle> begun(long id) {
        Throwable cause = pausedBy == null ? Brake.causeOf(brake()) : pausedBy;
        if (cause != null) {
            return Future.failedFuture(cause);
        }
        if (waiting >= RunningPipeline.MAX_WAITING) {
            return Future.failedFuture(OffsetWaits.overloaded(pipeline + " to begin partition " + id));
        }
        waiting++;
        Promise<TaskVerticle> begun = Promise.promise();
        awaited.computeIfAbsent(id, first -> new ArrayList<>()).add(begun);
        return begun.future();
    }

    /**
     * Has all tasks pause, those that begin later included.
     *
     * @param cause as for {@link TaskVerticle#pause}
     */
    public Future<Void> pause(@Nullable Throwable cause) {
        paused = true;
        pausedBy = cause;
        if (cause != null) {
            fail(cause);
        }
        return Future.all(
                        reading.values().stream().map(task -> task.pause(cause)).toList())
                .mapEmpty();
    }

    /** Has all tasks go on. */
    public Future<Void> resume() {
        paused = false;
        pausedBy = null;
        brakes.replaceAll((hold, brake) -> new Brake(hold, brake.waitsFor(), null));
        return Future.all(reading.values().stream().map(TaskVerticle::resume).toList())
                .mapEmpty();
    }

    /**
     * Has all tasks wait, those that begin later included, or go on, unless they are paused or wait for something else.
     *
     * @param hold why
     * @param brake null if they wait no longer for this reason
     */
    public Future<Void> brake(Hold hold, @Nullable Brake brake) {
        Brake before = brake();
        if (brake == null) {
            brakes.remove(hold);
        } else {
            brakes.put(hold, brake);
        }
        Brake first = brake();
        if (Objects.equals(before, first)) {
            return Future.succeededFuture();
        }
        Throwable cause = Brake.causeOf(first);
        if (cause != null) {
            fail(cause);
        }
        return Future.all(
                        reading.values().stream().map(task -> task.brake(first)).toList())
                .mapEmpty();
    }

    private @Nullable Brake brake() {
        return brakes.isEmpty() ? null : brakes.get(brakes.firstKey());
    }

    /** The keys that are held, when everything that was parked of them is durable. */
    public Future<List<Held>> heldKeys() {
        return Future.all(reading.values().stream().map(TaskVerticle::heldKeys).toList())
                .map(all -> {
                    List<Held> keys = new ArrayList<>();
                    all.<List<Held>>list().forEach(keys::addAll);
                    return keys;
                });
    }

    /** Has the events of keys processed again, unless others were parked meanwhile. */
    public Future<Void> release(List<Held> keys) {
        List<Future<Boolean>> released = new ArrayList<>();
        for (TaskVerticle task : reading.values()) {
            Future<Boolean> last = Future.succeededFuture(true);
            for (Held key : keys) {
                last = last.compose(before -> task.release(key));
            }
            released.add(last);
        }
        return Future.all(released).mapEmpty();
    }

    /** No task begins any more, or not for now. */
    public void fail(Throwable cause) {
        awaited.values().forEach(callers -> callers.forEach(caller -> caller.fail(cause)));
        awaited.clear();
        waiting = 0;
    }
}
