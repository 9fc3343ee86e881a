package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.spi.Backoff;
import io.vertx.core.Vertx;

/**
 * How often the step at hand has failed, and what it waits for. Belongs to the task's context.
 *
 * <pre>
 *             ──failed──▶  PAUSE  ──over──▶  DUE  ──as soon as the task may do a step──▶
 *   CLEAR                                                                               CLEAR, tried again
 *             ──failed as often as allowed──▶  BLOCKED (by a decision that is not durable yet)
 *                                              BLOCKED  ──resume──▶  DUE
 * </pre>
 */
final class StepAttempts {

    private final Vertx vertx;
    private final PipelineOptions options;
    private Wait wait = Wait.CLEAR;
    private int failed;
    private long timer = -1;
    /** Number of pauses that are over: the end of each brings one attempt, and none if the step went on before. */
    private long pauses;

    private enum Wait {
        CLEAR,
        PAUSE,
        DUE,
        BLOCKED
    }

    StepAttempts(Vertx vertx, PipelineOptions options) {
        this.vertx = vertx;
        this.options = options;
    }

    /** Whether the step at hand has failed and waits. */
    boolean isWaiting() {
        return wait != Wait.CLEAR;
    }

    /** Whether the next attempt is to be made as soon as the task may do a step. */
    boolean isDue() {
        return wait == Wait.DUE;
    }

    /** Number of attempts that have failed. */
    int failed() {
        return failed;
    }

    /** An attempt has failed. Returns true if there is to be another one. */
    boolean another(boolean maySucceed) {
        failed++;
        return maySucceed && failed < options.getMaxAttempts();
    }

    /** Waits until the next attempt is due. */
    void pause(Runnable due) {
        long pause = Backoff.afterFailed(options.getRetryBackOffMillis(), options.getMaxRetryBackOffMillis(), failed);
        wait = Wait.PAUSE;
        long number = pauses;
        Runnable over = () -> {
            if (number == pauses) {
                wait = Wait.DUE;
                due.run();
            }
        };
        // A timer needs a millisecond. Without one the next attempt is made in the next turn of the context.
        if (pause == 0) {
            vertx.getOrCreateContext().runOnContext(next -> over.run());
        } else {
            timer = vertx.setTimer(pause, fired -> over.run());
        }
    }

    /** Waits for a decision, or for somebody who resumes the pipeline. */
    void block() {
        wait = Wait.BLOCKED;
    }

    /** All attempts are to be made once more, the first one as soon as the task may do a step. */
    void startOver() {
        reset();
        wait = Wait.DUE;
    }

    /** The step is tried again, or waits no longer. */
    void proceed() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
        pauses++;
        wait = Wait.CLEAR;
    }

    /** The step is done. */
    void reset() {
        proceed();
        failed = 0;
    }
}
