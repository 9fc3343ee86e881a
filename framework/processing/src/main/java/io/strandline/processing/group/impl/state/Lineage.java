package io.strandline.processing.group.impl.state;

import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which partitions of a stream follow which: a group reads a sealed one to its end before those that took over its keys. */
public final class Lineage {

    private Lineage() {}

    /** The partitions of a cut as partitions of a group that begins there. */
    public static SortedMap<Long, PartitionState> partitionsAt(
            int index, StreamDescription stream, SortedMap<Long, Long> cut, SortedMap<Long, Long> until) {
        Set<Long> pending = stream.descendants(cut.keySet());
        pending.addAll(cut.keySet());
        TreeMap<Long, PartitionState> partitions = new TreeMap<>();
        cut.forEach((id, offset) -> {
            long end = until.getOrDefault(id, -1L);
            if (end < 0 || offset < end) {
                partitions.put(id, PartitionState.fresh(index, offset, end, waitsFor(stream, id, pending)));
            }
        });
        return partitions;
    }

    /** The partitions that come into a group when it has read a partition to its end and still reads others of the stream. */
    static SortedMap<Long, PartitionState> successors(
            int index, StreamDescription stream, long finished, Collection<Long> others, SortedMap<Long, Long> until) {
        TreeMap<Long, PartitionState> partitions = new TreeMap<>();
        if (until.containsKey(finished)) {
            return partitions;
        }
        Set<Long> pending = stream.descendants(others);
        pending.addAll(others);
        for (PartitionDescription successor : stream.successors(finished)) {
            if (!others.contains(successor.id()) && !Long.valueOf(0).equals(until.get(successor.id()))) {
                partitions.put(
                        successor.id(),
                        PartitionState.fresh(
                                index,
                                0,
                                until.getOrDefault(successor.id(), -1L),
                                waitsFor(stream, successor.id(), pending)));
            }
        }
        return partitions;
    }

    /** The open partitions of a stream, as partitions of a group that reads nothing. */
    public static SortedMap<Long, PartitionState> opened(StreamDescription stream) {
        TreeMap<Long, PartitionState> partitions = new TreeMap<>();
        stream.partitions().forEach(open -> partitions.put(open.id(), PartitionState.fresh(0, 0, -1, List.of())));
        return partitions;
    }

    /** A partition of a group that is sealed, or null if all of them are open. */
    static @Nullable Long sealed(StreamDescription stream, GroupState state) {
        for (long id : state.partitions().keySet()) {
            if (stream.sealed(id) != null) {
                return id;
            }
        }
        return null;
    }

    private static List<Long> waitsFor(StreamDescription stream, long id, Collection<Long> pending) {
        return stream.predecessors(id).stream()
                .map(predecessor -> predecessor.partition().id())
                .filter(pending::contains)
                .toList();
    }

    /**
     * Checks that a cut is one of this stream and leaves nothing out.
     *
     * @param end the ends of the open partitions
     * @throws StrandlineException.Invalid if it cuts another stream, is past an end, or does not reach an open partition
     * @throws StrandlineException.NotFound if it names a partition that the stream never had
     */
    static void requireCut(StreamDescription stream, StreamCut end, StreamCut cut) {
        if (!cut.stream().equals(stream.name())) {
            throw new StrandlineException.Invalid("a cut of " + cut.stream() + " is no position in " + stream.name());
        }
        cut.offsets().forEach((id, offset) -> {
            stream.partition(id);
            SealedPartition sealed = stream.sealed(id);
            long last = sealed == null ? end.offset(id) : sealed.endOffset();
            if (offset > last) {
                throw new StrandlineException.Invalid("offset " + offset + " is past the end offset " + last
                        + " of partition " + id + " of " + stream.name());
            }
        });
        Set<Long> reached = stream.descendants(cut.offsets().keySet());
        for (PartitionDescription open : stream.partitions()) {
            if (!cut.offsets().containsKey(open.id()) && !reached.contains(open.id())) {
                throw new StrandlineException.Invalid(
                        "the cut " + cut.offsets() + " of " + stream.name() + " leaves out partition " + open.id());
            }
        }
    }

    /**
     * Checks that an end follows a beginning.
     *
     * @throws StrandlineException.Invalid if a partition of the beginning leads to none of the end, or ends before it
     *     begins
     */
    static void requireOrder(StreamDescription stream, SortedMap<Long, Long> from, SortedMap<Long, Long> until) {
        from.forEach((id, offset) -> {
            Long end = until.get(id);
            boolean leads = end != null
                    || stream.descendants(List.of(id)).stream().anyMatch(other -> until.containsKey(other))
                    || (stream.sealed(id) != null && stream.successors(id).isEmpty());
            if (!leads || (end != null && end < offset)) {
                throw new StrandlineException.Invalid("partition " + id + " of " + stream.name() + " begins at offset "
                        + offset + ", and the end " + until + " is not after it");
            }
        });
    }
}
