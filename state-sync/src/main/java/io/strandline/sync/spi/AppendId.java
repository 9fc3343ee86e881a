package io.strandline.sync.spi;

import java.util.UUID;

/**
 * Identifies one appended revision forever, so that a store that gets it twice takes it once.
 *
 * @param writer the writer of the append, from its opening to its close
 * @param count the writer's own number of the revision, rising from 1
 */
public record AppendId(UUID writer, long count) {

    /** The append before the first. */
    public static final AppendId NONE = new AppendId(new UUID(0, 0), 0);

    @Override
    public String toString() {
        return writer + "#" + count;
    }
}
