package io.strandline.sync;

import java.util.List;

/**
 * One step of a state, as a {@link ChangeReader} delivers it.
 *
 * @param revision the revision that was made
 * @param state the state after it
 * @param updates the updates of the revision, in order. Empty if {@code isWhole}
 * @param isWhole whether the state was replaced rather than updated, or the reader begins or resumes here and the
 *     revisions in between are not delivered
 */
public record Change<S, U>(long revision, S state, List<U> updates, boolean isWhole) {

    public Change {
        updates = List.copyOf(updates);
    }
}
