package io.strandline.processing.pipeline.impl.task;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import io.strandline.processing.pipeline.impl.operator.Operators;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a task: events, ticks, what is due, and the end of the partition. Each has a number, under which everything that it
 * emits is appended, or nothing.
 *
 * <pre>
 *   operators ──▶ outputs, all or nothing ──▶ next number
 *       └── failed ───┴──▶ undone ──▶ {@link StepFailures}
 * </pre>
 *
 * <p>Belongs to the task's context.
 */
final class TaskSteps {

    private final TaskPlace place;
    private final Operators operators;
    private final TaskOutputs outputs;
    private final TaskTicks ticks;
    private final StepFailures failures;
    private final Runnable done;
    private final Consumer<Throwable> refused;

    /**
     * Does nothing yet.
     *
     * @param done called after each step, when the next one has another number
     * @param refused takes the refusal of an output that no other attempt makes acceptable
     */
    TaskSteps(TaskSetting task, StepFailures failures, Runnable done, Consumer<Throwable> refused) {
        this.place = task.place();
        this.operators = task.operators();
        this.outputs = task.outputs();
        this.ticks = task.ticks();
        this.failures = failures;
        this.done = done;
        this.refused = refused;
    }

    /** Whether a step is to be done before the next event. */
    boolean isDue() {
        return ticks.isAt(place.step()) || operators.isDue();
    }

    /** Whether the next step is known to be one of an earlier run: a new tick would move the numbers of those after it. */
    boolean isRepeating() {
        return place.step() <= outputs.lastKnownStep() || !ticks.isEmpty() || failures.hasDueDecisions();
    }

    /** Whether the next step may be one of an earlier run, because that may have handed outputs of it to a handler. */
    boolean mayBeRepeating() {
        return isRepeating() || outputs.mayHaveBeenHandled(place.offset());
    }

    /** The step of an event. Returns whether it is done. */
    boolean event(EventRecord<?> record) {
        return TaskLoad.isMeasured(place.step()) ? measured(record) : step(record);
    }

    private boolean measured(@Nullable EventRecord<?> record) {
        operators.times().begin();
        boolean isDone = step(record);
        operators.times().end();
        return isDone;
    }

    /** Does the tick, or what is due. Returns whether it is done. */
    boolean doDueStep() {
        if (failures.skipsDue()) {
            return skipDue();
        }
        return TaskLoad.isMeasured(place.step()) ? measured(null) : step(null);
    }

    /** @param record the event, or null for a tick, or what is due */
    private boolean step(@Nullable EventRecord<?> record) {
        outputs.begin();
        try {
            TickAt tick = ticks.at(place.step());
            if (tick != null) {
                operators.tick(tick.time(), tick.isSilent(), tick.tells());
            } else if (record == null) {
                operators.fire(true);
            } else {
                operators.event(record);
            }
        } catch (Throwable e) { // an Error must not let the task go on to the next event either
            operators.undo();
            failures.failed(place.failed(Operators.causeOf(e)), true);
            return false;
        }
        return stepped();
    }

    /** A step that does what is due without its effect. */
    boolean skipDue() {
        outputs.begin();
        operators.fire(false);
        return stepped();
    }

    /** The last step: names to the tasks downstream those that go on with the keys. */
    boolean end(List<Long> successors) {
        outputs.begin();
        operators.end(successors);
        return stepped();
    }

    /** Appends what the step emitted, all or nothing, and goes on to the next number. */
    private boolean stepped() {
        Throwable cause = outputs.append(place.step(), operators.times());
        if (cause != null) {
            operators.undo();
            if (cause instanceof StrandlineException.Invalid) {
                failures.failed(place.refused(cause), true);
            } else {
                refused.accept(cause);
            }
            return false;
        }
        operators.done();
        stepDone();
        return true;
    }

    /** The event at hand is a step without effect. */
    void passOver() {
        operators.pass(place.offset() + 1);
        stepDone();
    }

    private void stepDone() {
        failures.stepDone();
        ticks.passed(place.step());
        place.stepDone();
        done.run();
    }
}
