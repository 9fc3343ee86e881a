package io.strandline.processing.pipeline.impl;

import io.vertx.core.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Has a checkpoint taken every interval. While tasks repeat steps of an earlier run none is taken: a crash would repeat the same steps,
 * which the newest checkpoint allows as well, and writing one takes the processors from the repetition. It is taken after
 * {@value #MOST_LEFT_OUT} intervals all the same, so that a run that never comes to the end of its repetition leaves something to the
 * next one. A run that began from an earlier checkpoint waits for no repetition, because a crash before its first one undoes that.
 *
 * <p>Belongs to the context of the run.
 */
final class CheckpointTimer {

    /** Intervals that pass without a checkpoint, at most. */
    static final int MOST_LEFT_OUT = 5;

    private final BooleanSupplier isReentry;
    private final Supplier<Future<Boolean>> isRepeating;
    private final Runnable take;
    private int leftOut;
    private boolean isRepeated;

    /**
     * Takes none yet.
     *
     * @param isReentry tells whether the run began from an earlier checkpoint and has taken none yet
     * @param isRepeating tells whether some task repeats steps of an earlier run. A failure counts as no
     * @param take takes a checkpoint, if the run still takes any
     */
    CheckpointTimer(BooleanSupplier isReentry, Supplier<Future<Boolean>> isRepeating, Runnable take) {
        this.isReentry = isReentry;
        this.isRepeating = isRepeating;
        this.take = take;
    }

    /** An interval is over. */
    void tick() {
        if (isRepeated || leftOut == MOST_LEFT_OUT || isReentry.getAsBoolean()) {
            take.run();
            return;
        }
        leftOut++;
        isRepeating.get().otherwise(false).onSuccess(isStill -> {
            if (!isStill) {
                isRepeated = true;
                take.run();
            }
        });
    }
}
