package io.strandline.processing.pipeline.share.impl;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * One part while this member has it: has it run, and run again after a failure that may pass, until the part is given back or lost.
 *
 * <pre>
 *   begin ──▶ start ──▶ runs ──▶ closed by {@link #end}
 *               ▲         │ fenced, unavailable, or what it reads is gone
 *               └── asks ◀┘ what the members agree on, with growing pauses
 * </pre>
 *
 * <p>Belongs to the context of the member.
 */
final class PartRun {

    private static final Logger LOG = Logger.of(PartRun.class);

    /** Until what has failed begins again, in milliseconds. */
    private static final int AGAIN_MILLIS = 20;

    /** The longest such pause, in milliseconds. */
    private static final int MAX_AGAIN_MILLIS = 1_000;

    /** How long a run has to last until the pauses are short again, in nanoseconds. */
    private static final long LASTING_NANOS = 10_000_000_000L;

    private final Pipeline part;
    private final Surroundings around;
    private final Backoff pauses = Backoff.exact(AGAIN_MILLIS, MAX_AGAIN_MILLIS);
    private final Promise<Void> ended = Promise.promise();

    /** Written on the context, read anywhere. */
    private volatile @Nullable RunningPipeline running;

    private boolean starting;
    private boolean over;
    private long startedNanos;
    /** Whether a run missed something that it was to read, and none has lasted since. */
    private boolean missed;

    /** What a part needs of its member. Called on the context of the member, and the futures complete there. */
    interface Surroundings {

        Future<RunningPipeline> deploy(Pipeline part);

        /** Whether the others may not hear this member, so that one of them may have the part. */
        boolean isLate();

        /** Completes when it is known here what the members agree on. */
        Future<Void> refresh();

        void later(long millis, Runnable task);

        /** As {@link System#nanoTime}. */
        long nanoTime();

        /** Runs a task on the context of the member. Callable from anywhere. */
        void run(Runnable task);

        /** The part cannot run here. */
        void failed(Pipeline part, Throwable cause);
    }

    PartRun(Pipeline part, Surroundings around) {
        this.part = part;
        this.around = around;
    }

    /** What runs now, or null. Callable from anywhere. */
    @Nullable
    RunningPipeline running() {
        return running;
    }

    /** Has it run when the one that ran the part here before is done. */
    void begin(Future<Void> before) {
        before.onComplete(done -> start());
    }

    private void start() {
        if (over) {
            ended.tryComplete();
        } else if (around.isLate()) {
            // To run it now would fence the one that has it.
            around.later(pauses.next(), this::start);
        } else {
            starting = true;
            around.deploy(part).onComplete((run, cause) -> around.run(() -> started(run, cause)));
        }
    }

    private void started(@Nullable RunningPipeline run, @Nullable Throwable cause) {
        starting = false;
        if (run == null) {
            stopped(cause);
            return;
        }
        running = run;
        startedNanos = around.nanoTime();
        LOG.info("{}: part {} runs here", part, part.name());
        run.ended().onComplete((done, failure) -> around.run(() -> stopped(failure)));
        if (over) {
            close(run);
        }
    }

    private void stopped(@Nullable Throwable cause) {
        RunningPipeline run = running;
        boolean ran = run != null;
        if (run != null && around.nanoTime() - startedNanos > LASTING_NANOS) {
            pauses.reset();
            // Without a checkpoint the next run comes to the same place again.
            missed &= run.statistics().taken() == 0;
        }
        running = null;
        if (over) {
            ended.tryComplete();
        } else if (cause == null
                || cause instanceof StrandlineException.Fenced
                || StrandlineException.isTransient(cause)
                || (ran && mayBeReplaced(cause))) {
            LOG.warn("{}: part {} begins again later: {}", part, part.name(), String.valueOf(cause));
            around.later(pauses.next(), this::ask);
        } else {
            around.failed(part, cause);
        }
    }

    /**
     * Whether another member may have the part. It removes what its checkpoints do not need, and a run that stalled meanwhile may miss
     * that before it is fenced. If the next run misses something soon, nobody else has removed it.
     */
    private boolean mayBeReplaced(Throwable cause) {
        boolean misses = cause instanceof StrandlineException.Truncated
                || cause instanceof StrandlineException.NotFound
                || cause instanceof StrandlineException.Corrupt;
        boolean again = missed;
        missed |= misses;
        return misses && !again;
    }

    /** Nobody begins in doubt. If another member has the part, this ends while it asks. */
    private void ask() {
        around.refresh().onComplete((known, failure) -> {
            if (failure == null || over) {
                start();
            } else {
                around.later(pauses.next(), this::ask);
            }
        });
    }

    /** The part is not this member's any more. Completes when nothing of it runs here, after a last checkpoint if it may take one. */
    Future<Void> end() {
        if (!over) {
            over = true;
            RunningPipeline run = running;
            if (run != null) {
                close(run);
            } else if (!starting) {
                ended.tryComplete();
            }
        }
        return ended.future();
    }

    private void close(RunningPipeline run) {
        run.close().onComplete(closed -> around.run(ended::tryComplete));
    }
}
