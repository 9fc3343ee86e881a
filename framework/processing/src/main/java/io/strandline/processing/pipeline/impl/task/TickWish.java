package io.strandline.processing.pipeline.impl.task;

/**
 * What a task says when it is asked for a tick.
 *
 * @param isWanted whether a tick would have something done, as far as the task can tell
 * @param quietAt where it has been for long, or {@link #BUSY}
 */
public record TickWish(boolean isWanted, long quietAt) {

    /** Events come. */
    public static final long BUSY = -1;
}
