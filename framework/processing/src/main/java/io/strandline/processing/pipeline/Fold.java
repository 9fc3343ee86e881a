package io.strandline.processing.pipeline;

import java.util.function.BiFunction;
import java.util.function.BinaryOperator;

/** The state of a fold that takes its first event as it is. */
final class Fold {

    /** Before the first event. It is never stored. */
    static final Object NOTHING = new Object();

    private Fold() {}

    /** State and event → the next state. */
    @SuppressWarnings("unchecked") // whatever is not NOTHING is an event of the fold
    static <E> BiFunction<Object, E, E> of(BinaryOperator<E> add) {
        return (state, event) -> state == NOTHING ? event : add.apply((E) state, event);
    }
}
