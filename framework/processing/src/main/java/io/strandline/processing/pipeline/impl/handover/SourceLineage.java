package io.strandline.processing.pipeline.impl.handover;

import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The partitions of a source with which a pipeline goes on. A partition begins when the pipeline has come to the ends of
 * all its predecessors. A partition that has ended is kept until all its successors have begun.
 *
 * @param stream the source
 * @param reading partitions with a task
 * @param ended partitions that were read to their ends and are kept
 */
public record SourceLineage(StreamDescription stream, Set<Long> reading, Set<Long> ended) {

    /** The partitions that are to begin now, in ascending order of their ids. */
    public List<PartitionDescription> ready() {
        Set<Long> begun = begun();
        List<PartitionDescription> ready = new ArrayList<>();
        Set<Long> seen = new TreeSet<>();
        for (long id : ended) {
            for (PartitionDescription successor : stream.successors(id)) {
                boolean waits = stream.predecessors(successor.id()).stream()
                        .anyMatch(predecessor ->
                                !ended.contains(predecessor.partition().id()));
                if (!waits && !begun.contains(successor.id()) && seen.add(successor.id())) {
                    ready.add(successor);
                }
            }
        }
        return ready;
    }

    /** The partitions that have ended and are no longer needed. */
    public List<Long> passed() {
        Set<Long> begun = begun();
        return ended.stream()
                .filter(id -> !stream.successors(id).isEmpty()
                        && stream.successors(id).stream().allMatch(successor -> begun.contains(successor.id())))
                .toList();
    }

    /** The partitions that begin later. */
    public Set<Long> toCome() {
        Set<Long> toCome = stream.descendants(standing());
        toCome.removeAll(begun());
        return toCome;
    }

    /** All partitions that have begun, whether they have ended or not. */
    private Set<Long> begun() {
        return stream.withAncestors(standing());
    }

    private Set<Long> standing() {
        Set<Long> standing = new TreeSet<>(reading);
        standing.addAll(ended);
        return standing;
    }

    /**
     * The offset after the last event of a partition.
     *
     * @param end of the partitions that are open
     */
    public static long endOf(StreamDescription stream, StreamCut end, long partition) {
        SealedPartition sealed = stream.sealed(partition);
        return sealed == null ? end.offsets().getOrDefault(partition, 0L) : sealed.endOffset();
    }

    /** The partitions from which some took over. */
    public static Collection<Long> predecessors(StreamDescription stream, Collection<PartitionDescription> successors) {
        Set<Long> predecessors = new TreeSet<>();
        for (PartitionDescription successor : successors) {
            for (SealedPartition predecessor : stream.predecessors(successor.id())) {
                predecessors.add(predecessor.partition().id());
            }
        }
        return predecessors;
    }
}
