package io.strandline.processing.pipeline.impl.task;

import org.jspecify.annotations.Nullable;

/**
 * How far a task goes that does again what an earlier one has done. It does the steps that are allowed, until it is at the limit.
 * The task of a run has no limit.
 *
 * <p>Belongs to the task's context once the task is deployed.
 */
public final class TaskLimit {

    private final long step;
    private final long offset;
    private long allowed;
    /** Null if there is no limit, or it was reached. */
    private @Nullable Runnable reached;

    private TaskLimit(long step, long offset, long allowed, @Nullable Runnable reached) {
        this.step = step;
        this.offset = offset;
        this.allowed = allowed;
        this.reached = reached;
    }

    /** That of the task of a run. */
    static TaskLimit none() {
        return new TaskLimit(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, null);
    }

    /**
     * Nothing is done until {@link TaskVerticle#allow}.
     *
     * @param step number of the first step that is not done
     * @param offset of the first event that is not taken
     * @param reached is told on the task's context, once, when nothing is left to do
     */
    public static TaskLimit before(long step, long offset, Runnable reached) {
        return new TaskLimit(step, offset, 0, reached);
    }

    /** Allows the steps before this one, within the limit. */
    void allow(long step) {
        allowed = Math.min(step, this.step);
    }

    /** Whether the step with this number may be done now. */
    boolean allowsStep(long number) {
        return number < allowed;
    }

    /** Whether the event at this offset may be taken. */
    boolean allowsEvent(long at) {
        return at < offset;
    }

    /** Whether the end of the partition may be told in the step with this number, which waits until it is allowed. */
    boolean allowsEnd(long number) {
        return number < step;
    }

    /**
     * Tells if nothing is left to do.
     *
     * @param next number of the next step
     * @param at offset of the next event
     * @param isDue whether something is to be done before that event
     */
    void reachIfDone(long next, long at, boolean isDue) {
        if (next >= step || (at >= offset && !isDue)) {
            reach();
        }
    }

    /** Nothing is left to do, because the partition has ended. */
    void reach() {
        Runnable told = reached;
        if (told != null) {
            reached = null;
            told.run();
        }
    }
}
