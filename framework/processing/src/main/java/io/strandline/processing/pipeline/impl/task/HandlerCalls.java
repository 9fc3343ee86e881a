package io.strandline.processing.pipeline.impl.task;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.HandlerOutput;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The outputs of one task that handlers have not handled yet, in lanes: one for each handler and key, in which one call follows the
 * other.
 *
 * <pre>
 *   output ──▶ lane ──▶ its turn ──▶ in flight ──succeeded──▶ the next one of the lane has its turn
 *                          ▲             │
 *                          ├──pause over─┴──failed──▶ as often as allowed: BLOCKED, no call is made
 *                          └───────────────────────────── resume ──┘
 * </pre>
 *
 * <p>A cut waits for all outputs before it, and fails while a failure blocks the calls. Belongs to the task's context.
 */
final class HandlerCalls {

    private static final Logger LOG = Logger.of(HandlerCalls.class);

    private final Vertx vertx;
    private final Pipeline pipeline;
    private final long partition;
    private final PipelineOptions options;
    private final Task task;

    private final Map<LaneKey, Lane> lanes = new HashMap<>();
    /** Lanes whose first output is to be handed over. Each lane is here at most once. */
    private final Deque<Lane> ready = new ArrayDeque<>();
    /** Of outputs between two cuts, oldest first. The last one takes what comes. */
    private final Deque<Section> sections = new ArrayDeque<>();

    private final List<Promise<Void>> idleWaits = new ArrayList<>();

    /** Outputs whose handler has not completed. */
    private int pending;

    private int inFlight;
    private long handled;
    /** The task waits for room. */
    private boolean isAwaited;
    /** A turn of the context is to come that makes calls. */
    private boolean isTurnToCome;

    private boolean isCalling;
    private boolean over;
    private @Nullable Throwable blockedBy;

    /** The task whose outputs are handed over. */
    interface Task {

        /** Runs something in a later turn of the context. */
        void laterTurn(Runnable turn);

        /** There is room for more outputs. */
        void goOn();

        /** The pipeline is to pause. */
        void blocked(Place place, Throwable cause);

        void fail(Throwable cause);
    }

    private record LaneKey(String handler, @Nullable String key) {}

    private record Output(Operator.Handle sink, HandlerOutput<Object> output, Section section) {}

    /** Outputs of one handler and key. */
    private static final class Lane {

        private final LaneKey key;
        private final Deque<Output> outputs = new ArrayDeque<>();
        /** How often the first one has failed. */
        private int failed;
        /** Of the call in flight. The answer of another one is ignored. */
        private long call;

        /** Bounds the call, or the pause before the next one. */
        private long timer = -1;

        Lane(LaneKey key) {
            this.key = key;
        }

        Output first() {
            return outputs.element();
        }
    }

    /** Outputs between two cuts. */
    private static final class Section {

        private int pending;
        /** Of the cut after it, null before that. */
        private @Nullable Promise<Void> handled;
    }

    /**
     * Has no output yet.
     *
     * @param vertx for timers
     * @param partition that the task reads
     */
    HandlerCalls(Vertx vertx, Pipeline pipeline, PipelineOptions options, long partition, Task task) {
        this.vertx = vertx;
        this.pipeline = pipeline;
        this.options = options;
        this.partition = partition;
        this.task = task;
        sections.add(new Section());
    }

    /** Takes an output of a step that has succeeded. */
    void add(Operator.Handle sink, HandlerOutput<Object> output) {
        Section section = sections.getLast();
        section.pending++;
        pending++;
        Lane lane = lanes.computeIfAbsent(new LaneKey(sink.id(), output.key()), Lane::new);
        lane.outputs.add(new Output(sink, output, section));
        if (lane.outputs.size() == 1) {
            ready.add(lane);
            if (!isTurnToCome) {
                isTurnToCome = true;
                task.laterTurn(() -> {
                    isTurnToCome = false;
                    callReady();
                });
            }
        }
    }

    /** Whether the task is to wait until handlers have completed. It is told when there is room. */
    boolean isFull() {
        isAwaited = pending >= options.getMaxHandlerCalls();
        return isAwaited;
    }

    /** Number of outputs that were handled. */
    long handled() {
        return handled;
    }

    // ---- calls

    private void callReady() {
        if (isCalling) {
            return; // the loop that runs goes on
        }
        isCalling = true;
        while (!over && blockedBy == null && inFlight < options.getMaxHandlerCalls() && !ready.isEmpty()) {
            call(ready.remove());
        }
        isCalling = false;
        tellIdle();
        if (isAwaited && pending < options.getMaxHandlerCalls()) {
            isAwaited = false;
            task.goOn();
        }
    }

    private void tellIdle() {
        if (isIdle()) {
            idleWaits.forEach(Promise::tryComplete);
            idleWaits.clear();
        }
    }

    private void call(Lane lane) {
        Output first = lane.first();
        inFlight++;
        long call = ++lane.call;
        Future<Void> answer =
                UserCode.future("the handler", () -> first.sink().handler().apply(first.output()));
        if (answer.isComplete()) {
            answered(lane, call, answer.cause());
            return;
        }
        lane.timer = vertx.setTimer(options.getHandlerTimeoutMillis(), late -> {
            lane.timer = -1;
            answered(
                    lane,
                    call,
                    new StrandlineException.Unavailable(
                            "it has not completed within " + options.getHandlerTimeoutMillis() + " ms"));
        });
        answer.onComplete((done, cause) -> task.laterTurn(() -> answered(lane, call, cause)));
    }

    private void answered(Lane lane, long call, @Nullable Throwable cause) {
        if (call != lane.call) {
            return; // it has timed out
        }
        lane.call++;
        cancelTimer(lane);
        inFlight--;
        if (cause == null) {
            succeeded(lane);
        } else {
            failed(lane, cause);
        }
        callReady();
    }

    private void succeeded(Lane lane) {
        Output done = lane.outputs.remove();
        lane.failed = 0;
        pending--;
        handled++;
        done.section().pending--;
        if (lane.outputs.isEmpty()) {
            lanes.remove(lane.key);
        } else {
            ready.add(lane);
        }
        for (Section first = sections.element(); first.handled != null && first.pending == 0; ) {
            first.handled.tryComplete();
            sections.remove();
            first = sections.element();
        }
    }

    private void failed(Lane lane, Throwable cause) {
        if (over) {
            return; // the next run hands it over again
        }
        lane.failed++;
        StrandlineException failure = failureOf(lane.first(), cause);
        if (lane.failed < options.getMaxAttempts()) {
            if (lane.failed == 1) {
                LOG.warn("{}; it is called {} times", failure.getMessage(), options.getMaxAttempts());
            }
            pauseBeforeNext(lane);
            return;
        }
        lane.failed = 0;
        ready.addFirst(lane);
        if (blockedBy == null) {
            block(lane.first().output(), failure);
        }
    }

    private void pauseBeforeNext(Lane lane) {
        long pause =
                Backoff.afterFailed(options.getRetryBackOffMillis(), options.getMaxRetryBackOffMillis(), lane.failed);
        lane.timer = vertx.setTimer(Math.max(1, pause), over -> {
            lane.timer = -1;
            ready.addFirst(lane);
            callReady();
        });
    }

    private StrandlineException failureOf(Output output, Throwable cause) {
        HandlerOutput<Object> of = output.output();
        return UserCode.refused(
                "handler " + output.sink().id() + " of " + pipeline + " failed for output "
                        + of.position().id() + " (key " + of.key() + ", offset "
                        + of.position().offset() + ")",
                cause);
    }

    private void block(HandlerOutput<Object> output, Throwable failure) {
        blockedBy = failure;
        failCuts(failure);
        if (options.getFailurePolicy() == FailurePolicy.FAIL) {
            task.fail(failure);
        } else {
            HandlerOutput.Position at = output.position();
            task.blocked(new Place(partition, at.offset(), at.step(), output.key()), failure);
        }
    }

    private void cancelTimer(Lane lane) {
        if (lane.timer >= 0) {
            vertx.cancelTimer(lane.timer);
            lane.timer = -1;
        }
    }

    /** Hands over again what has failed, as often as the first time. */
    void resume() {
        blockedBy = null;
        callReady();
    }

    // ---- those who wait

    /** Completes when all outputs until now are handled. Fails with {@link Unhandled} as soon as a failure blocks them. */
    Future<Void> flush() {
        if (pending == 0) {
            return Future.succeededFuture();
        }
        if (blockedBy != null) {
            return Future.failedFuture(new Unhandled(blockedBy));
        }
        Promise<Void> waits = Promise.promise();
        sections.getLast().handled = waits;
        sections.add(new Section());
        return waits.future();
    }

    private void failCuts(Throwable cause) {
        for (Section section : sections) {
            if (section.handled != null) {
                section.handled.tryFail(new Unhandled(cause));
            }
        }
    }

    private boolean isIdle() {
        return inFlight == 0 && (pending == 0 || blockedBy != null || over);
    }

    /** Completes when all outputs are handled, or when a failure blocks them and no call is in flight. */
    Future<Void> idle() {
        if (isIdle()) {
            return Future.succeededFuture();
        }
        Promise<Void> waits = Promise.promise();
        idleWaits.add(waits);
        return waits.future();
    }

    /**
     * Makes no call any more. Completes when none is in flight.
     *
     * @param cause for those who wait for more
     */
    Future<Void> end(Throwable cause) {
        over = true;
        failCuts(cause);
        tellIdle(); // what waits for the end of a pause between two attempts would wait for ever
        return idle();
    }
}
