package io.strandline.sync;

import io.strandline.EventCodec;
import java.util.function.BiFunction;

/**
 * The definition of a shared state: its initial value, how an update changes it, and how both are stored.
 *
 * <p>The functions run on the synchronizer's context and must not block. Every synchronizer of a name runs them over the
 * same updates, so they must give the same result everywhere: no clock, no random numbers, no I/O. States and updates are
 * values that are never modified.
 *
 * @param initial the state of revision 0
 * @param evolve returns the state after an update. It never fails for an update that was once accepted
 * @param states how a whole state is stored
 * @param updates how an update is stored
 */
public record StateModel<S, U>(S initial, BiFunction<S, U, S> evolve, EventCodec<S> states, EventCodec<U> updates) {

    /** A state without updates of its own: each one is the next state, whole. For states of a few hundred bytes. */
    public static <S> StateModel<S, S> ofValue(S initial, EventCodec<S> codec) {
        return new StateModel<>(initial, (state, next) -> next, codec, codec);
    }
}
