package io.strandline.processing.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * What a pipeline does with one event: from the state of the event's key and the event to the next state, and to outputs.
 *
 * <p>After a crash the steps behind the last checkpoint run again, and the outputs that the log has already are dropped. So a
 * step must be deterministic: it depends on its arguments alone, not on a clock, on chance, or on anything outside, and
 * it has no effect but its result and its outputs. If a replay gives other outputs than the log has, the pipeline stops with
 * {@link io.strandline.StrandlineException.Conflict}. State is immutable: a step returns another object and never changes
 * the one that it was handed, which a checkpoint may be writing at that moment.
 *
 * <p>Called on the context of a task, one event after the other in the order of their offsets; must not block. A step that
 * throws stops the pipeline in front of its event: nothing that it emitted is appended.
 *
 * @param <S> state of a key
 * @param <E> event of the source stream
 * @param <O> event of the sink stream
 */
@FunctionalInterface
public interface Step<S, E, O> {

    /**
     * Returns the next state of the event's key, or null to forget the key.
     *
     * @param output takes events for the sink; valid during the call only
     */
    @Nullable
    S apply(S state, E event, Output<O> output) throws Exception;
}
