package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * The ticks that a task has still to take, and the hold between the step at which a task is and the tick that becomes its next.
 *
 * <p>Belongs to the task's context.
 */
final class TaskTicks {

    /** Step → tick. */
    private final NavigableMap<Long, TickAt> ticks;

    private long next;
    private boolean held;

    /** @param past those that an earlier run has left */
    TaskTicks(NavigableMap<Long, TickAt> past) {
        this.ticks = past;
        this.next = first();
    }

    private long first() {
        return ticks.isEmpty() ? Long.MAX_VALUE : ticks.firstKey();
    }

    /** Whether the step with a number is a tick. */
    boolean isAt(long step) {
        return next == step;
    }

    /** The tick that is a step, or null if the step is none. */
    @Nullable
    TickAt at(long step) {
        return isAt(step) ? ticks.get(step) : null;
    }

    /** A step is done. */
    void passed(long step) {
        if (isAt(step)) {
            ticks.remove(step);
            next = first();
        }
    }

    boolean isEmpty() {
        return ticks.isEmpty();
    }

    /** No step is to be done until the tick that is to be the next one is durable. */
    void hold() {
        held = true;
    }

    boolean isHeld() {
        return held;
    }

    /** The step with a number is a tick: it may be done. */
    void add(long step, TickAt tick) {
        held = false;
        ticks.put(step, tick);
        next = first();
    }
}
