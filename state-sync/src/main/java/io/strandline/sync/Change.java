package io.strandline.sync;

import java.util.List;

/**
 * One step of a state, as a {@link ChangeReader} delivers it.
 *
 * @param revision the revision that was made
 * @param state the state behind it
 * @param updates what was appended, in order; empty if {@code isWhole}
 * @param isWhole whether the state was replaced rather than updated, or the reader begins or goes on here and what lies
 *     between is not told
 */
public record Change<S, U>(long revision, S state, List<U> updates, boolean isWhole) {

    public Change {
        updates = List.copyOf(updates);
    }
}
