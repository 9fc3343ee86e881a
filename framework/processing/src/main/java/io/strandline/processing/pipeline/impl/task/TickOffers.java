package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick.TaskTick;
import io.strandline.processing.pipeline.impl.operator.Operators;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * What a task says when it is offered a tick: whether it wants one, and what the tick is to be.
 *
 * <pre>
 *   {@link #wish}     ──▶ {@link #hold}: no step until the tick is durable ──▶ {@link TaskVerticle#tick}: it is the next step
 *   {@link #canTell}  ──▶ {@link #holdToTell}
 * </pre>
 *
 * <p>Belongs to the task's context.
 */
public final class TickOffers {

    private final TaskPlace place;
    private final TaskTicks ticks;
    private final TaskGate gate;
    private final TaskSteps steps;
    private final TaskLife life;
    private final Operators operators;
    /** Those who wait until the task can take a tick. */
    private final OffsetWaits waits = new OffsetWaits();

    /** Where the task was when it was asked last, and since when it is there. */
    private long quietAt = -1;

    private long quietSince;

    TickOffers(TaskSetting task, TaskGate gate, TaskSteps steps) {
        this.place = task.place();
        this.ticks = task.ticks();
        this.life = task.life();
        this.operators = task.operators();
        this.gate = gate;
        this.steps = steps;
    }

    // ---- the time

    /**
     * Whether a tick would have something done here.
     *
     * @param time in milliseconds since the epoch
     * @param nanoTime of now, for durations
     * @param silenceNanos for how long there must have been no event for the task to count as silent
     */
    public Future<TickWish> wish(long time, long nanoTime, long silenceNanos) {
        boolean isQuiet = nanosHere(nanoTime) >= silenceNanos;
        boolean ofClock = wants(time, false);
        return Future.succeededFuture(
                new TickWish(ofClock || (isQuiet && wants(time, true)), isQuiet ? place.offset() : TickWish.BUSY));
    }

    /** For how long the task has been at its offset, as far as it was asked, in nanoseconds. */
    private long nanosHere(long nanoTime) {
        if (place.offset() != quietAt) {
            quietAt = place.offset();
            quietSince = nanoTime;
        }
        return nanoTime - quietSince;
    }

    /**
     * Has the task do no step until {@link TaskVerticle#tick} names the next one, if a tick would still have something done.
     *
     * @param time in milliseconds since the epoch
     * @param silentAt the task is silent if it is at this offset
     * @return what the tick is to be here, or null if none is wanted
     */
    public Future<@Nullable TaskTick> hold(long time, long silentAt) {
        boolean isSilent = place.offset() == silentAt;
        return Future.succeededFuture(wants(time, isSilent) ? hold(isSilent, false) : null);
    }

    private boolean wants(long time, boolean isSilent) {
        return canTake() && operators.wantsTick(time, isSilent);
    }

    /** Whether the next step may be a tick. */
    private boolean canTake() {
        return life.isReading()
                && !gate.isOver()
                && !ticks.isHeld()
                && !gate.isHeldUp()
                && !steps.mayBeRepeating()
                && !steps.isDue();
    }

    private TaskTick hold(boolean isSilent, boolean tells) {
        gate.holdForTick();
        return new TaskTick(place.step(), isSilent, tells);
    }

    // ---- those who wait for the next stage to know the time

    /** How far event time has come here, {@link EventTime#NO_WATERMARK} if the tasks of the next stage know. */
    public Future<Long> watermarkToTell() {
        return Future.succeededFuture(operators.hasToTell() ? operators.watermark() : EventTime.NO_WATERMARK);
    }

    /**
     * Completes when a tick can have the tasks of the next stage told how far event time has come here, with true, or when they know
     * that it has come to a time, with false. Fails as {@link TaskVerticle#reached} does.
     */
    public Future<Boolean> canTell(long watermark) {
        if (!isToBeTold(watermark)) {
            return Future.succeededFuture(false);
        }
        if (canTake()) {
            return Future.succeededFuture(true);
        }
        if (gate.isOver()) {
            return Future.failedFuture(life.causeOfEnd());
        }
        Throwable stoppedBy = gate.stoppedBy();
        return stoppedBy == null
                ? waits.add(place.offset(), place.pipeline() + " partition " + place.partition() + " to take a tick")
                        .map(open -> isToBeTold(watermark))
                : Future.failedFuture(stoppedBy);
    }

    private boolean isToBeTold(long watermark) {
        return !life.hasEnded() && !operators.isTold(watermark);
    }

    /**
     * As {@link #hold}, if the tasks of the next stage do not know yet how far event time has come here.
     *
     * @return the tick that has them told, or null
     */
    public Future<@Nullable TaskTick> holdToTell() {
        return Future.succeededFuture(canTake() && operators.hasToTell() ? hold(false, true) : null);
    }

    /** The task has gone on. Completes the waits if it can take a tick, or has ended. */
    void completeWaits() {
        if (!waits.isEmpty() && (life.hasEnded() || canTake())) {
            waits.reached(place.offset());
        }
    }

    /** The task takes no tick any more, or not for now. */
    void fail(Throwable cause) {
        waits.fail(cause);
    }
}
