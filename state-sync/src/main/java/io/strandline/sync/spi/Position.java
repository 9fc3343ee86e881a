package io.strandline.sync.spi;

/**
 * A revision, and which append made it. Two histories that parted, as the halves of a divided cluster do, may have the
 * same revision numbers, but not the same positions.
 *
 * @param revision 0 or more
 */
public record Position(long revision, AppendId id) {

    /** Before the first revision. */
    public static final Position NONE = new Position(0, AppendId.NONE);

    /** Returns the position that an append takes here. */
    public Position next(AppendId appended) {
        return new Position(revision + 1, appended);
    }

    @Override
    public String toString() {
        return "revision " + revision + " by " + id;
    }
}
