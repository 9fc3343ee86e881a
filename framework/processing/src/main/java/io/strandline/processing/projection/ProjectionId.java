package io.strandline.processing.projection;

import io.strandline.Limits;
import io.strandline.StreamName;

/**
 * One version of a projection. Versions of one name run beside each other, each with positions of its own, so a corrected one
 * can be built while the present one serves.
 *
 * @param name {@code scope/projection}, by the rules of {@link StreamName}, at most {@value #MAX_NAME_LENGTH} characters
 * @param version 1 or more
 */
public record ProjectionId(String name, int version) {

    /** Longest name, in characters. */
    public static final int MAX_NAME_LENGTH = 110;

    /**
     * Checks the parts.
     *
     * @throws io.strandline.StrandlineException.Invalid if the name is no name, or a part is out of its bounds
     */
    public ProjectionId {
        StreamName.parse(name);
        Limits.require("length of projection name " + name, name.length(), 1, MAX_NAME_LENGTH);
        Limits.require("version of projection " + name, version, 1, Integer.MAX_VALUE);
    }

    /** The reader group that shares the partitions among the members: {@code scope/projection-v1}. */
    public String group() {
        return name + "-v" + version;
    }

    @Override
    public String toString() {
        return name + " version " + version;
    }
}
