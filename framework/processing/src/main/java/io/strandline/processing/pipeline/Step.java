package io.strandline.processing.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * Computes the next state of a key and the events to pass on, from one event and the state of the event's key.
 *
 * <p>After a crash the steps after the last checkpoint run again, and the outputs that the log already has are dropped.
 * So a step must be deterministic. It depends on its arguments alone, not on a clock, on chance, or on anything outside,
 * and it has no effect but its result, its events and its timers. If a replay gives other outputs than the log has, the
 * pipeline stops with {@link io.strandline.StrandlineException.Conflict}. State is immutable: a step returns another
 * object and never changes the one that it received, because a checkpoint may be writing that object at that moment.
 *
 * <p>Called on the context of a task, one event after the other in the order of their offsets. Must not block, unless {@link
 * PipelineOptions#setThreadingModel} chose worker threads.
 *
 * <p>A step that throws has no effect: nothing that it emitted is appended. It is retried. Then {@link
 * PipelineOptions#setFailurePolicy} decides, by default a pause.
 *
 * @param <S> state of a key
 * @param <E> event
 * @param <R> event that the step emits
 */
@FunctionalInterface
public interface Step<S, E, R> {

    /**
     * Returns the next state of the event's key, or null to forget the key. Its timers stay.
     *
     * @param context valid during the call only
     */
    @Nullable
    S apply(S state, E event, StepContext<R> context) throws Exception;
}
