package io.strandline.sync.impl.relay;

import io.strandline.sync.Revisioned;
import io.strandline.sync.spi.Position;
import java.util.List;

/**
 * A state, and the revision that made it.
 *
 * @param updates the updates of the revision. Empty if it was a whole state
 * @param isWhole whether the revision replaced the state
 */
record Folded<S, U>(Position position, S state, List<U> updates, boolean isWhole) {

    long revision() {
        return position.revision();
    }

    Revisioned<S> revisioned() {
        return new Revisioned<>(position.revision(), state);
    }
}
