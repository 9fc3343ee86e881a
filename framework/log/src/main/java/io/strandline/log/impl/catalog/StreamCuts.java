package io.strandline.log.impl.catalog;

import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.log.impl.state.CatalogState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a cut of a stream means whose partitions succeeded one another. */
final class StreamCuts {

    private StreamCuts() {}

    /**
     * The cut before everything that is kept. It consists of the first partitions, but partitions that are wholly gone
     * are replaced by their successors. A sealed partition stays until all other predecessors of its successors are gone
     * as well.
     *
     * @param start partition → start offset, for open and sealed partitions. A sealed partition that is missing holds
     *     nothing
     */
    static StreamCut start(StreamDescription stream, Map<Long, Long> start) {
        Set<Long> cut = new HashSet<>();
        CatalogState.roots(stream).forEach(partition -> cut.add(partition.id()));
        for (Scaling scaling : stream.scalings()) {
            for (Scaling part : parts(scaling)) {
                boolean gone = part.sealed().stream()
                        .allMatch(parent -> cut.contains(parent.partition().id())
                                && start.getOrDefault(parent.partition().id(), parent.endOffset())
                                        == parent.endOffset());
                if (gone) {
                    part.sealed()
                            .forEach(parent -> cut.remove(parent.partition().id()));
                    part.opened().forEach(partition -> cut.add(partition.id()));
                }
            }
        }
        SortedMap<Long, Long> offsets = new TreeMap<>();
        for (long id : cut) {
            SealedPartition sealed = stream.sealed(id);
            offsets.put(id, start.getOrDefault(id, sealed == null ? 0 : sealed.endOffset()));
        }
        return new StreamCut(stream.name(), offsets);
    }

    /** Cuts a scaling into the parts that have no key in common. */
    private static List<Scaling> parts(Scaling scaling) {
        List<Scaling> parts = new ArrayList<>();
        List<SealedPartition> parents = new ArrayList<>();
        List<PartitionDescription> opened = new ArrayList<>();
        int next = 0;
        // Both sides ascend and cover the same keys: a part ends where a sealed and an opened partition end together.
        for (SealedPartition parent : scaling.sealed()) {
            parents.add(parent);
            long end = parent.partition().keys().to();
            while (next < scaling.opened().size()
                    && Long.compareUnsigned(scaling.opened().get(next).keys().from(), end) <= 0) {
                opened.add(scaling.opened().get(next++));
            }
            if (!opened.isEmpty() && opened.get(opened.size() - 1).keys().to() == end) {
                parts.add(new Scaling(scaling.stamp(), parents, opened));
                parents.clear();
                opened.clear();
            }
        }
        return parts;
    }

    /**
     * Checks that a cut can be one of this stream.
     *
     * @param end end offsets of the open partitions
     * @throws StrandlineException.Invalid if it names another stream, an unknown partition or an offset past an end
     */
    static void require(StreamDescription stream, StreamCut cut, StreamCut end) {
        if (!cut.stream().equals(stream.name())) {
            throw new StrandlineException.Invalid("cut of " + cut.stream() + " is not one of " + stream.name());
        }
        Map<Long, Long> ends = new HashMap<>(end.offsets());
        stream.scalings().forEach(scaling -> scaling.sealed()
                .forEach(parent -> ends.put(parent.partition().id(), parent.endOffset())));
        cut.offsets().forEach((partition, offset) -> {
            Long known = ends.get(partition);
            if (known == null) {
                throw new StrandlineException.Invalid(
                        "cut names partition " + partition + ", which is none of " + stream.name());
            }
            if (offset > known) {
                throw new StrandlineException.Invalid(
                        "cut names offset " + offset + " of partition " + partition + ", which ends at " + known);
            }
        });
    }

    /**
     * Partition → offset of all that is before a cut: up to where the cut passes a partition that it names, and all of a sealed
     * partition if the cut names successors of it for every one of its keys.
     */
    static SortedMap<Long, Long> before(StreamDescription stream, StreamCut cut) {
        SortedMap<Long, Long> before = new TreeMap<>(cut.offsets());
        for (int i = stream.scalings().size() - 1; i >= 0; i--) {
            Scaling scaling = stream.scalings().get(i);
            for (SealedPartition parent : scaling.sealed()) {
                boolean passed = !scaling.opened().isEmpty()
                        && scaling.opened().stream()
                                .filter(opened -> opened.keys()
                                        .overlaps(parent.partition().keys()))
                                .allMatch(opened -> before.containsKey(opened.id()));
                if (passed) {
                    before.putIfAbsent(parent.partition().id(), parent.endOffset());
                }
            }
        }
        return before;
    }
}
