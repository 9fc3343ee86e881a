package io.strandline.processing.pipeline;

import io.strandline.EventRecord;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Step} that sees the whole record of its event: routing key, partition, offset, stamp and headers. All of them
 * are stored, so a replay gives the step the same record, and it stays deterministic.
 *
 * <p>The rules of {@link Step} apply. The time of an event is {@link EventRecord#stamp()}, never a clock.
 *
 * @param <E> event of the source stream
 * @param <S> state of a key
 * @param <O> event of the sink stream
 */
@FunctionalInterface
public interface RecordStep<E, S, O> {

    /**
     * Returns the next state of the event's key, or null to forget the key.
     *
     * @param output takes events for the sink. Valid during the call only
     */
    @Nullable
    S apply(S state, EventRecord<E> record, Output<O> output) throws Exception;
}
