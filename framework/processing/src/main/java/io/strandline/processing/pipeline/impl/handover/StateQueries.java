package io.strandline.processing.pipeline.impl.handover;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.WindowsAnswer;
import io.strandline.processing.pipeline.impl.task.TaskVerticle;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** Answers what is asked of the state of all tasks of a stage. Belongs to the context of the run. */
public final class StateQueries {

    private final Pipeline pipeline;
    private final TaskSet tasks;
    private int scans;

    public StateQueries(Pipeline pipeline, TaskSet tasks) {
        this.pipeline = pipeline;
        this.tasks = tasks;
    }

    /** The state of a key, from the task that has its partition. Fails with Unavailable while no task has it. */
    public Future<StateAnswer> state(String operator, String key) {
        return taskOf(key).ask(task -> task.state(operator, key));
    }

    /** The windows of a key, from the task that has its partition. Fails with Unavailable while no task has it. */
    public Future<WindowsAnswer> windows(String operator, String key) {
        return taskOf(key).ask(task -> task.windows(operator, key));
    }

    private TaskVerticle taskOf(String key) {
        byte[] bytes = Utf8.encode("a key", key);
        long hash = KeyHash.of(bytes, 0, bytes.length);
        KeyRange taken = pipeline.topology().keys();
        if (!taken.contains(hash)) {
            throw new StrandlineException.NotOwner(
                    "key " + key + " is not one of " + pipeline.name() + ", which has the hashes " + taken);
        }
        for (TaskVerticle task : tasks.reading()) {
            if (task.partition().keys().contains(hash)) {
                return task;
            }
        }
        throw new StrandlineException.Unavailable("the partition of key " + key + " of " + pipeline.source()
                + " is sealed, and the task of the next one has not begun yet");
    }

    /** A page of states. Asks one task after the other, each for no more than the tasks before have left to answer. */
    public Future<StatePage> states(String operator, StateRange range) {
        List<TaskVerticle> asked = new ArrayList<>(tasks.reading());
        asked.sort((one, other) -> Long.compareUnsigned(
                one.partition().keys().from(), other.partition().keys().from()));
        requireAllKeys(asked);
        if (scans == RunningPipeline.MAX_STATE_SCANS) {
            throw new StrandlineException.Overloaded(
                    "stage " + pipeline.name() + " answers " + scans + " questions for states of a range, at most "
                            + RunningPipeline.MAX_STATE_SCANS + " are at a time");
        }
        scans++;
        MergedStates merged = new MergedStates(range);
        Future<?> last = Future.succeededFuture();
        for (TaskVerticle task : asked) {
            last = last.compose(before -> task.ask(queries -> queries.states(operator, merged.rest())))
                    .onSuccess(merged::add);
        }
        return last.map(all -> merged.page()).onComplete(done -> scans--);
    }

    private void requireAllKeys(List<TaskVerticle> asked) {
        KeyRange taken = pipeline.topology().keys();
        long next = taken.from();
        boolean isWhole = false;
        for (TaskVerticle task : asked) {
            KeyRange keys = task.partition().keys();
            if (isWhole || !keys.contains(next)) {
                throw noTask(next);
            }
            isWhole = keys.contains(taken.to());
            next = keys.to() + 1;
        }
        if (!isWhole) {
            throw noTask(next);
        }
    }

    private StrandlineException.Unavailable noTask(long hash) {
        return new StrandlineException.Unavailable("the partition of " + pipeline.source() + " with the keys from hash "
                + Long.toHexString(hash) + " on is sealed, and the task of the next one has not begun yet");
    }
}
