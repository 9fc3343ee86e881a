package io.strandline.processing.projection.impl;

import io.strandline.StreamCut;
import io.strandline.StreamDescription;

/**
 * What had been appended to a stream at one moment.
 *
 * @param end the end of the stream then
 * @param description of the stream a little later
 */
record Replay(StreamCut end, StreamDescription description) {

    /** The offset before which the events of a partition are replayed. */
    long before(long partition) {
        Long known = end.offsets().get(partition);
        if (known != null) {
            return known;
        }
        return description.sealed(partition) != null ? Long.MAX_VALUE : 0;
    }
}
