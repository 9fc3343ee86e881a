package io.strandline;

import java.util.List;

/**
 * What was decided on the history of a key, see {@link Strandline#decide}.
 *
 * @param version how many events of the key made the state, as {@link Versioned} counts them
 * @param state after the events
 * @param events that were appended by the decision, in their order. None if there was nothing to do
 */
public record Decided<E, S>(long version, S state, List<E> events) {

    public Decided {
        events = List.copyOf(events);
    }

    /** True if the decision appended events. */
    public boolean hasAppended() {
        return !events.isEmpty();
    }
}
