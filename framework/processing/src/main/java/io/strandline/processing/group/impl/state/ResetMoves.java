package io.strandline.processing.group.impl.state;

import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamDescription;
import io.strandline.processing.group.ResetPlan.Move;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * In which partitions of a stream a group goes on elsewhere when it is set back, or forward. A position is a map partition → offset of
 * the partitions that are not read to their ends and whose predecessors are.
 *
 * @param until where a bounded group ends, or nothing
 */
record ResetMoves(StreamDescription stream, SortedMap<Long, Long> until) {

    /**
     * The moves, by partition.
     *
     * @param kept the position of the first events that the stream still has
     */
    List<Move> between(SortedMap<Long, Long> before, SortedMap<Long, Long> after, SortedMap<Long, Long> kept) {
        Set<Long> afterBefore = stream.descendants(before.keySet());
        Set<Long> afterAfter = stream.descendants(after.keySet());
        Set<Long> afterKept = stream.descendants(kept.keySet());
        List<Move> moves = new ArrayList<>();
        for (long partition : read()) {
            long first = passed(partition, kept, afterKept);
            long from = Math.max(first, passed(partition, before, afterBefore));
            long to = Math.max(first, passed(partition, after, afterAfter));
            if (from != to) {
                moves.add(new Move(stream.name(), partition, from, to));
            }
        }
        return moves;
    }

    /** All partitions that the group reads at some time. A bounded group reads none after its end. */
    private Set<Long> read() {
        Set<Long> all = new TreeSet<>(stream.byId().keySet());
        if (!until.isEmpty()) {
            all.retainAll(stream.withAncestors(until.keySet()));
        }
        return all;
    }

    /** How far a position is in a partition: where it says, at the start of one that is still to come, and at the end of one that is read. */
    private long passed(long partition, SortedMap<Long, Long> position, Set<Long> toCome) {
        Long offset = position.get(partition);
        if (offset != null) {
            return offset;
        }
        if (toCome.contains(partition)) {
            return 0;
        }
        Long bound = until.get(partition);
        SealedPartition sealed = stream.sealed(partition);
        return bound != null ? bound : sealed == null ? 0 : sealed.endOffset();
    }
}
