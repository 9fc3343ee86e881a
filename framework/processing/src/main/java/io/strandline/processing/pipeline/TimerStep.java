package io.strandline.processing.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * Computes the next state of a key and the events to pass on when a timer of the key fires. The rules of {@link Step}
 * apply.
 *
 * @param <S> state of a key
 * @param <R> event that the step emits
 */
@FunctionalInterface
public interface TimerStep<S, R> {

    /**
     * Returns the next state of the key, or null to forget it. Its other timers stay.
     *
     * @param state the key's state, or the initial one if it has none
     * @param context its {@link RecordContext#time} is the time for which the timer was set. For a timer of the clock that is {@link
     *     StepContext#clockTimer}, and the time is the watermark, or the clock before the first event. Valid during the call only
     */
    @Nullable
    S apply(S state, StepContext<R> context) throws Exception;
}
