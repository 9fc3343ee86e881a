package io.strandline.processing.group;

import io.strandline.StreamName;
import java.util.List;

/**
 * What a reset of a group changes: the partitions in which the group goes on elsewhere, at one moment.
 *
 * <p>Every event between two positions counts that the stream still keeps, also one that the group's filters leave out.
 *
 * @param moves in the order of streams and partitions. None if the group is where the reset would have it
 */
public record ResetPlan(List<Move> moves) {

    public ResetPlan {
        moves = List.copyOf(moves);
    }

    /**
     * A partition in which the group goes on elsewhere. A position before the first event that is kept counts as that of this event.
     *
     * @param from offset of the first event that the group has not committed
     * @param to offset of the first event that it will be handed
     */
    public record Move(StreamName stream, long partition, long from, long to) {

        /** Events that come again. */
        public long again() {
            return Math.max(0, from - to);
        }

        /** Events that never come. */
        public long skipped() {
            return Math.max(0, to - from);
        }
    }

    /** Events of all partitions that come again. */
    public long again() {
        return moves.stream().mapToLong(Move::again).sum();
    }

    /** Events of all partitions that never come. */
    public long skipped() {
        return moves.stream().mapToLong(Move::skipped).sum();
    }
}
