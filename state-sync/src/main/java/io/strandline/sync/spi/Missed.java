package io.strandline.sync.spi;

import java.util.List;

/**
 * The revisions that lead a synchronizer to the newest state.
 *
 * <p>Either they go on where it stands, and {@code base} is the position that it named. Or it has to start over, because
 * the store no longer keeps what follows, or never knew the position: {@code base} is {@link Position#NONE}, and the first
 * revision is a whole state, or number 1.
 *
 * @param base the position that the first revision follows
 * @param revisions in order, without a gap; empty if the base is the newest position
 */
public record Missed(Position base, List<Revision> revisions) {

    public Missed {
        revisions = List.copyOf(revisions);
    }

    /** The newest position of the store. */
    public Position newest() {
        return revisions.isEmpty() ? base : revisions.get(revisions.size() - 1).position();
    }
}
