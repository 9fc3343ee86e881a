package io.strandline.processing.pipeline.impl.audit;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.processing.pipeline.impl.checkpoint.StepDecision;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import io.strandline.processing.pipeline.impl.task.RunSetting;
import io.strandline.processing.pipeline.impl.task.TaskLimit;
import io.strandline.processing.pipeline.impl.task.TaskOwner;
import io.strandline.processing.pipeline.impl.task.TaskVerticle;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.NavigableMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A task that does again what an earlier one has done, up to a limit and at a bounded rate, and appends nothing.
 *
 * <pre>
 *   deployed ──allowed steps, slice by slice──▶ at its limit, or at the end of its partition ──▶ cut ──▶ retired
 *                └──a step fails──▶ cut where it is
 * </pre>
 *
 * <p>Belongs to the context of the audit.
 */
final class RepeatedTask implements TaskOwner {

    /** Time from one slice of steps to the next. */
    static final long SLICE_MILLIS = 100;

    private final RunSetting run;
    private final TaskStart start;
    private final TickLog ticks;
    private final TaskVerticle task;
    private final Promise<Void> reached;
    private long timer = -1;
    private boolean deployed;

    /** Why a step failed. Written on the context of the task before the promise completes. */
    private volatile @Nullable Throwable stepFailure;

    private volatile @Nullable Place failedAt;

    /**
     * Deploys nothing yet.
     *
     * @param step the first that is not done
     * @param offset of the first event that is not taken
     */
    RepeatedTask(Context context, RunSetting run, TaskStart start, TickLog ticks, long step, long offset) {
        this.run = run;
        this.start = start;
        this.ticks = ticks;
        this.reached = ((ContextInternal) context).promise();
        this.task = new TaskVerticle(run, start, this, TaskLimit.before(step, offset, reached::tryComplete));
    }

    /** Does the steps. Completes with the task between two steps, which is to be retired. */
    Future<Void> repeat() {
        return run.deploy(task)
                .compose(id -> {
                    deployed = true;
                    task.begin();
                    allowSlices();
                    return reached.future();
                })
                .onComplete(done -> endSlices());
    }

    /** Cuts where it is. */
    Future<TaskCut> cut() {
        return task.cut();
    }

    /**
     * Cuts where it is, as the earlier task was when it was cut there.
     *
     * @param held whether a key was held then. A key may have been released there before the cut, or while that was written
     */
    Future<TaskCut> cut(Predicate<String> held) {
        return task.releaseAtLimit(held.negate()).compose(released -> task.cut());
    }

    private void allowSlices() {
        long perSlice = Math.max(1, run.options().getAuditStepsPerSecond() * SLICE_MILLIS / 1_000);
        long[] allowed = {start.step() + perSlice};
        task.allow(allowed[0]);
        // The next slice begins when the one before is done, so that a slow step is not followed by many at once.
        timer = run.vertx().setPeriodic(SLICE_MILLIS, due -> task.step().onSuccess(at -> {
            if (at >= allowed[0]) {
                allowed[0] = at + perSlice;
                task.allow(allowed[0]);
            }
        }));
    }

    private void endSlices() {
        if (timer >= 0) {
            run.vertx().cancelTimer(timer);
            timer = -1;
        }
    }

    /** The failure of a step that has ended the repetition, or null. */
    @Nullable
    Throwable stepFailure() {
        return stepFailure;
    }

    @Nullable
    Place failedAt() {
        return failedAt;
    }

    TaskStart start() {
        return start;
    }

    /** Lets go of the task and of its state. */
    Future<Void> retire() {
        endSlices();
        if (!deployed) {
            return Future.succeededFuture();
        }
        deployed = false;
        task.releaseCut(); // otherwise its tables would be kept for who reads the cut
        return task.retire();
    }

    // ---- what the task says

    @Override
    public void checkpointDue() {}

    @Override
    public void eventsWereLate(long count) {}

    @Override
    public void taskFailed(Throwable cause) {
        reached.tryFail(cause);
    }

    @Override
    public NavigableMap<Long, TickAt> ticks(long partition, long fromStep) {
        return ticks.of(partition, fromStep);
    }

    @Override
    public void stepFailed(Place place, Throwable cause) {
        if (cause instanceof StrandlineException.Overloaded) {
            reached.tryFail(cause); // the audit has no room, which says nothing of the step
            return;
        }
        failedAt = place;
        stepFailure = cause;
        reached.tryComplete();
    }

    @Override
    public Future<Void> decide(StepDecision decision) {
        return Future.failedFuture(new StrandlineException.Invalid("an audit decides nothing: " + decision.cause()));
    }
}
