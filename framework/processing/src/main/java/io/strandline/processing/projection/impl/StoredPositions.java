package io.strandline.processing.projection.impl;

import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The positions that a store has in one stream, seen with the stream's scalings. A successor without position is at 0.
 *
 * @param stored partition id → offset, of the partitions of this stream alone
 */
record StoredPositions(StreamDescription stream, SortedMap<Long, Long> stored) {

    /** The positions of one stream among those of a store. */
    static StoredPositions of(StreamDescription stream, SortedMap<Long, Long> all) {
        TreeMap<Long, Long> own = new TreeMap<>();
        all.forEach((partition, offset) -> {
            if (stream.knows(partition)) {
                own.put(partition, offset);
            }
        });
        return new StoredPositions(stream, own);
    }

    private long at(long partition) {
        return stored.getOrDefault(partition, 0L);
    }

    private boolean isFinished(long partition) {
        SealedPartition sealed = stream.sealed(partition);
        return sealed != null && at(partition) >= sealed.endOffset();
    }

    /**
     * True if a group has passed events that the store does not have.
     *
     * @param group the positions of the group, of every partition that it has not read to its end
     */
    boolean areBehind(StreamCut group) {
        Set<Long> toCome = stream.descendants(group.offsets().keySet());
        Set<Long> accountedFor = stream.descendants(stored.keySet());
        accountedFor.addAll(stored.keySet());
        for (long partition : accountedFor) {
            Long reached = group.offsets().get(partition);
            boolean behind = reached != null
                    ? at(partition) < reached
                    : !toCome.contains(partition) && stream.sealed(partition) != null && !isFinished(partition);
            if (behind) {
                return true;
            }
        }
        return !accountedFor.containsAll(group.offsets().keySet());
    }

    /** Where a group must go on that is to miss nothing which the store lacks. */
    StreamCut cut() {
        TreeMap<Long, Long> cut = new TreeMap<>();
        Set<Long> seen = new TreeSet<>();
        ArrayDeque<Long> open = new ArrayDeque<>(stored.keySet());
        while (!open.isEmpty()) {
            long partition = open.remove();
            if (!seen.add(partition)) {
                continue;
            }
            if (!isFinished(partition)) {
                cut.put(partition, at(partition));
                continue;
            }
            for (PartitionDescription successor : stream.successors(partition)) {
                boolean ready = stream.predecessors(successor.id()).stream()
                        .allMatch(parent -> !isAccountedFor(parent.partition().id())
                                || isFinished(parent.partition().id()));
                if (ready) {
                    open.add(successor.id());
                }
            }
        }
        return new StreamCut(stream.name(), cut);
    }

    private boolean isAccountedFor(long partition) {
        return stored.containsKey(partition)
                || stream.withAncestors(Set.of(partition)).stream().anyMatch(parent -> stored.containsKey(parent));
    }
}
