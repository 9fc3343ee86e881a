package io.strandline.processing.pipeline.impl.task;

import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * Cuts a task between two steps: its state, its place and how far its outputs have come.
 *
 * <pre>
 *   what the cut before has captured is settled, in slices ──▶ capture ──▶ outputs before the cut are durable or handled ──▶ cut
 *                                                              release ◀── it was written, or need not be ───────────────────┘
 * </pre>
 *
 * <p>Belongs to the task's context.
 */
final class TaskCuts {

    /** Captured changes that are settled at once: well below a millisecond. */
    private static final int SETTLE_AT_ONCE = 1_000;

    private final TaskStart start;
    private final TaskPlace place;
    private final TaskOutputs outputs;
    private final TaskLife life;
    private final Consumer<Runnable> laterTurn;
    private final Consumer<Throwable> refused;
    /** Step at the newest cut. */
    private long cutStep;

    /**
     * Has cut where the task begins.
     *
     * @param laterTurn runs something in a later turn of the context
     * @param refused takes the failure of outputs that the log has otherwise, and that of a cut, which fails the task
     */
    TaskCuts(
            TaskStart start,
            TaskPlace place,
            TaskOutputs outputs,
            TaskLife life,
            Consumer<Runnable> laterTurn,
            Consumer<Throwable> refused) {
        this.start = start;
        this.place = place;
        this.outputs = outputs;
        this.life = life;
        this.laterTurn = laterTurn;
        this.refused = refused;
        this.cutStep = start.step();
    }

    /** Number of steps since the newest cut. */
    long stepsSince() {
        return place.step() - cutStep;
    }

    /**
     * Cuts as soon as what the cut before has captured is settled. Completes when all outputs before the cut are durable, or were
     * handled. The cut must be released. Fails with {@link Unhandled} if a failure of a handler blocks outputs, and the task goes on.
     */
    Future<TaskCut> take() {
        return settled().compose(ready -> takeNow());
    }

    /** Takes the state of a cut back. It need not have been written. */
    void release() {
        start.states().release();
        settled();
    }

    /** Completes when the state is settled. Settles in slices, and events are processed between them. What fails it fails the task. */
    private Future<Void> settled() {
        Promise<Void> settled = Promise.promise();
        settleThen(settled);
        return settled.future();
    }

    private void settleThen(Promise<Void> settled) {
        boolean isRest;
        try {
            isRest = start.states().settle(SETTLE_AT_ONCE);
        } catch (Throwable e) { // the state is neither what it was nor what it is to be
            refused.accept(e);
            settled.fail(e);
            return;
        }
        if (isRest) {
            laterTurn.accept(() -> settleThen(settled));
        } else {
            settled.complete();
        }
    }

    private Future<TaskCut> takeNow() {
        Throwable failure = life.failure();
        if (failure != null) {
            return Future.failedFuture(failure);
        }
        long began = System.nanoTime();
        Map<StreamName, SortedMap<Long, WriterMark>> marks;
        try {
            marks = outputs.marks(Sequence.of(place.step()));
        } catch (StrandlineException.Conflict e) {
            refused.accept(e);
            return Future.failedFuture(life.causeOfEnd());
        }
        TaskCut cut = new TaskCut(
                place.partition(),
                place.offset(),
                place.step(),
                life.hasEnded(),
                marks,
                start.states().capture(),
                start.chain(),
                System.nanoTime() - began);
        cutStep = place.step();
        Future<Void> handled = outputs.handled();
        return flushed(cut).compose(durable -> handled.map(cut)).onFailure(refused -> release());
    }

    /** Completes with an answer when everything that was appended before it is durable. Fails with the failure of the task. */
    <T> Future<T> flushed(T answer) {
        return outputs.flush().compose(flushed -> {
            Throwable failure = life.failure();
            return failure == null ? Future.succeededFuture(answer) : Future.failedFuture(failure);
        });
    }
}
