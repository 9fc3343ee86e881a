package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import org.jspecify.annotations.Nullable;

/**
 * Whether a task may do a step, and what holds it up if not. It has the task read events while nothing does.
 *
 * <pre>
 *   OPEN ◀──▶ held by the first of these that applies:
 *
 *               from                                          until
 *   PAUSED      pause                                         resume
 *   TABLE       events are to meet a table                    it is loaded, see {@link Brake}
 *   BRAKED      a stage after this one lags                   it has caught up
 *   DRAINED     all stages are to stand still                 what needs that is done
 *   STEP        a step has failed, or is being decided about  see {@link StepFailures}
 *   TICK        a tick is to be the next step                 the tick is durable
 *   CHECKPOINT  too many steps since a durable checkpoint     the next checkpoint is durable
 *               changes crowd the state of the run            one has made room, see {@link StateBudget}
 *   OUTPUTS     the writers of the sinks are full             they have drained
 *
 *   any ──end──▶ OVER, for good
 * </pre>
 *
 * <p>The first five also keep the end of a partition and new ticks waiting. Cuts are taken in every state. Belongs to the task's
 * context.
 */
final class TaskGate {

    private final TaskPlace place;
    private final TaskTicks ticks;
    private final TaskLimit limit;
    private final TaskLoad load;
    private final Others others;
    private final long maxReplaySteps;

    private @Nullable Demand demand;
    private boolean over;
    private boolean paused;
    /** A failure of this task or of another one. Null unless {@link #paused}. */
    private @Nullable Throwable pausedBy;

    private @Nullable Brake brake;

    private long durableStep;

    /** What else may hold the task up. */
    interface Others {

        /** The step at hand has failed, or is being decided about. */
        boolean isStepHeldUp();

        /** A checkpoint must make room for state first. */
        boolean isStateCrowded();

        /** Outputs must become durable first. */
        boolean areOutputsFull();
    }

    /** Has events come, or not. */
    interface Demand {

        void pause(boolean pause);
    }

    /**
     * Open, unless the limit allows nothing yet.
     *
     * @param maxReplaySteps most steps after the newest durable checkpoint
     * @param place where that checkpoint has the task
     */
    TaskGate(long maxReplaySteps, TaskPlace place, TaskTicks ticks, TaskLimit limit, TaskLoad load, Others others) {
        this.maxReplaySteps = maxReplaySteps;
        this.place = place;
        this.ticks = ticks;
        this.limit = limit;
        this.load = load;
        this.others = others;
        this.durableStep = place.step();
    }

    /** What holds the task up now. */
    Hold hold() {
        if (over || !limit.allowsStep(place.step())) {
            return Hold.OVER;
        }
        if (paused) {
            return Hold.PAUSED;
        }
        if (brake != null) {
            return brake.hold();
        }
        if (others.isStepHeldUp()) {
            return Hold.STEP;
        }
        if (ticks.isHeld()) {
            return Hold.TICK;
        }
        if (place.step() - durableStep >= maxReplaySteps || others.isStateCrowded()) {
            return Hold.CHECKPOINT;
        }
        return others.areOutputsFull() ? Hold.OUTPUTS : Hold.NONE;
    }

    boolean isOpen() {
        return hold() == Hold.NONE;
    }

    /** Whether no step is done any more. */
    boolean isOver() {
        return over;
    }

    /** Whether the task is paused or braked: no attempt at a step that has failed either. */
    boolean isStopped() {
        return paused || brake != null;
    }

    /** Whether the task is stopped, or its step has failed or is being decided about: no end of the partition and no tick either. */
    boolean isHeldUp() {
        return isStopped() || others.isStepHeldUp();
    }

    /** Whether the end of the partition may be told. */
    boolean mayEnd() {
        return !isHeldUp() && !ticks.isHeld() && limit.allowsEnd(place.step());
    }

    /** The stage or table for which the task waits, or null. */
    @Nullable
    String waitsFor() {
        return brake == null ? null : brake.waitsFor();
    }

    /** The failure that has stopped the task, or null. */
    @Nullable
    Throwable stoppedBy() {
        return pausedBy == null ? Brake.causeOf(brake) : pausedBy;
    }

    void pause(@Nullable Throwable cause) {
        paused = true;
        pausedBy = cause;
        stopReading();
    }

    /** The pause is over, and the failure of another stage may be mended. */
    void resume() {
        paused = false;
        pausedBy = null;
        brake = Brake.withoutCause(brake);
    }

    /** Waits for another stage, or for none any more. */
    void brake(@Nullable Brake by) {
        brake = by;
        if (by != null) {
            stopReading();
        }
    }

    void holdForTick() {
        ticks.hold();
        stopReading();
    }

    /** A checkpoint up to this step is durable. */
    void checkpointed(long step) {
        durableStep = step;
    }

    /** No step is done any more. */
    void end() {
        over = true;
        stopReading();
    }

    // ---- demand

    /** Has events come from now on while the gate is open. */
    void demands(Demand of) {
        demand = of;
    }

    /**
     * Reads if the gate is open.
     *
     * @param isDue whether something is to be done before the next event
     */
    void followDemand(boolean isDue) {
        Hold hold = hold();
        boolean isHeld = hold != Hold.NONE;
        load.held(hold);
        if (demand != null) {
            demand.pause(isDue || isHeld || !limit.allowsEvent(place.offset()));
        }
    }

    void stopReading() {
        Hold hold = hold();
        load.held(hold == Hold.NONE ? Hold.STEP : hold); // a step that fails stops the reading first
        if (demand != null) {
            demand.pause(true);
        }
    }
}
