package io.strandline.sync.spi;

import java.util.List;

/**
 * The revisions that lead a synchronizer to the newest state.
 *
 * <p>There are two cases. Either they continue from the synchronizer's position, and {@code base} is the position that it
 * named. Or the synchronizer has to start over, because the store no longer keeps the revisions after the position, or
 * never knew the position. Then {@code base} is {@link Position#NONE}, and the first revision is a whole state, or number
 * 1.
 *
 * @param base the position that the first revision follows
 * @param revisions in order, without a gap. Empty if the base is the newest position
 */
public record CatchUp(Position base, List<Revision> revisions) {

    public CatchUp {
        revisions = List.copyOf(revisions);
    }

    /** The newest position of the store. */
    public Position newest() {
        return revisions.isEmpty() ? base : revisions.get(revisions.size() - 1).position();
    }
}
