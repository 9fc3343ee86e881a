package io.strandline.log.impl.state;

import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamDescription;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far a subscriber has consumed the partitions of a stream, in as few positions as say it. Whoever has consumed events of a
 * partition has consumed all events of those whose keys it took over. So their positions follow, and a subscriber needs about as
 * many as there are open partitions, however often the stream was scaled.
 */
public final class ConsumedPositions {

    private ConsumedPositions() {}

    /** The fewest positions that say the same, by {@link StreamDescription#withAncestorEnds}. Positions of unknown partitions are left out. */
    public static SortedMap<Long, Long> shortest(StreamDescription stream, Map<Long, Long> whole) {
        SortedMap<Long, Long> kept = new TreeMap<>();
        // Partitions that are kept, or follow from others.
        Set<Long> known = new HashSet<>();
        for (PartitionDescription open : stream.partitions()) {
            keep(open.id(), whole, 0, kept, known);
        }
        List<Scaling> scalings = stream.scalings();
        for (int i = scalings.size() - 1; i >= 0; i--) {
            Scaling scaling = scalings.get(i);
            if (scaling.opened().isEmpty()) {
                // The stream is sealed, and these are still its partitions.
                continue;
            }
            for (SealedPartition parent : scaling.sealed()) {
                boolean isPassed = isPassed(parent, scaling, known);
                if (isPassed) {
                    known.add(parent.partition().id());
                }
                keep(parent.partition().id(), whole, isPassed ? parent.endOffset() : 0, kept, known);
            }
        }
        return kept;
    }

    private static boolean isPassed(SealedPartition parent, Scaling scaling, Set<Long> known) {
        for (PartitionDescription opened : scaling.opened()) {
            if (opened.keys().overlaps(parent.partition().keys()) && known.contains(opened.id())) {
                return true;
            }
        }
        return false;
    }

    private static void keep(
            long partition, Map<Long, Long> whole, long follows, SortedMap<Long, Long> kept, Set<Long> known) {
        long offset = whole.getOrDefault(partition, 0L);
        if (offset != follows) {
            kept.put(partition, offset);
            known.add(partition);
        }
    }
}
