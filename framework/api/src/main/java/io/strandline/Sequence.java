package io.strandline;

/**
 * A writer's number for an event, compared by {@code major}, then by {@code minor}. A log takes each number of a writer
 * at most once in a partition. Numbers rise, and gaps are allowed.
 *
 * <p>An importer uses the line number of its source as {@code major}. A pipeline task uses its step number and the index
 * of the output within that step.
 *
 * @param major 0 or more
 * @param minor 0 or more
 */
public record Sequence(long major, long minor) implements Comparable<Sequence> {

    /** Before every number: what a writer that has not yet written has written last. */
    public static final Sequence NONE = new Sequence(-1, -1);

    public static Sequence of(long major) {
        return new Sequence(major, 0);
    }

    @Override
    public int compareTo(Sequence other) {
        return compare(major, minor, other.major, other.minor);
    }

    /** Compares two pairs without making them objects. */
    public static int compare(long major, long minor, long otherMajor, long otherMinor) {
        return major != otherMajor ? Long.compare(major, otherMajor) : Long.compare(minor, otherMinor);
    }

    @Override
    public String toString() {
        return "(" + major + ", " + minor + ")";
    }
}
