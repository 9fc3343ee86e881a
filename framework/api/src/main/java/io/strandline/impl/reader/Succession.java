package io.strandline.impl.reader;

import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.spi.RetryTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of one reader, and which follow when some were read to their ends.
 *
 * <p>Invariant (rule E2): a partition is begun when all its predecessors were delivered to their ends, and once. A
 * predecessor is kept, at its end, until all its successors are begun: so the offsets kept are a position from which
 * another reader goes on without gap or repeat.
 */
final class Succession {

    private final boolean following;
    private final @Nullable StreamCut until;
    /** The partitions of {@link #until} and those that lead to them. */
    private final Set<Long> within;

    private final RetryTime time;
    private final TreeMap<Long, Cursor> cursors = new TreeMap<>();
    private StreamDescription stream;

    /**
     * Begins without any partition.
     *
     * @param until where reading ends, or null
     * @param time of the retries of reads
     */
    Succession(StreamDescription stream, boolean following, @Nullable StreamCut until, RetryTime time) {
        this.time = time;
        this.stream = stream;
        this.following = following;
        this.until = until;
        this.within =
                until == null ? Set.of() : stream.withAncestors(until.offsets().keySet());
    }

    /** Begins a position: id of a partition of the stream → offset of the next event. */
    void begin(Map<Long, Long> offsets) {
        Map<Long, PartitionDescription> known = stream.byId();
        offsets.forEach((id, offset) -> begin(Objects.requireNonNull(known.get(id)), offset));
        Set<Long> passed = stream.withAncestors(offsets.keySet());
        for (Cursor cursor : cursors()) {
            for (PartitionDescription successor : stream.successors(cursor.partition.id())) {
                if (passed.contains(successor.id())) {
                    cursor.begun.add(successor.id());
                }
            }
            forgetIfPassed(cursor);
        }
    }

    private Cursor begin(PartitionDescription partition, long offset) {
        Cursor cursor = new Cursor(partition, offset, time);
        SealedPartition sealed = stream.sealed(partition.id());
        if (sealed != null) {
            cursor.seal(sealed.endOffset());
        }
        if (until != null && !leadsOn(partition.id())) {
            cursor.endAt(until.offsets().getOrDefault(partition.id(), offset));
        }
        cursors.put(partition.id(), cursor);
        return cursor;
    }

    /** True if the partition is read to its end, because partitions after it are wanted too. */
    private boolean leadsOn(long id) {
        return within.contains(id) && until != null && !until.offsets().containsKey(id);
    }

    List<Cursor> cursors() {
        return List.copyOf(cursors.values());
    }

    /** True if it must be asked which partitions took over from one that was read to its end. */
    boolean isUnknown(Cursor ended) {
        return following && until == null && ended.isAtSeal() && stream.sealed(ended.partition.id()) == null;
    }

    void learn(StreamDescription description) {
        stream = description;
    }

    StreamDescription stream() {
        return stream;
    }

    /** The cursors that begin now, because one was read to its end. */
    List<Cursor> follow(Cursor ended) {
        List<Cursor> begun = new ArrayList<>();
        if (!following || !ended.isAtSeal()) {
            return begun;
        }
        for (PartitionDescription successor : stream.successors(ended.partition.id())) {
            if ((until == null || within.contains(successor.id())) && !ended.begun.contains(successor.id())) {
                List<Cursor> predecessors = readPredecessors(successor);
                if (!predecessors.isEmpty()) {
                    begun.add(begin(successor, 0));
                    predecessors.forEach(predecessor -> predecessor.begun.add(successor.id()));
                    predecessors.forEach(this::forgetIfPassed);
                }
            }
        }
        return begun;
    }

    /** The cursors of all predecessors, if all were read to their ends, else none. */
    private List<Cursor> readPredecessors(PartitionDescription partition) {
        List<Cursor> read = new ArrayList<>();
        for (SealedPartition predecessor : stream.predecessors(partition.id())) {
            Cursor cursor = cursors.get(predecessor.partition().id());
            if (cursor == null || !cursor.isAtSeal()) {
                return List.of();
            }
            read.add(cursor);
        }
        return read;
    }

    private void forgetIfPassed(Cursor cursor) {
        List<PartitionDescription> successors = stream.successors(cursor.partition.id());
        boolean passed = cursor.isAtSeal()
                && !successors.isEmpty()
                && successors.stream().allMatch(successor -> cursor.begun.contains(successor.id()));
        if (passed) {
            cursors.remove(cursor.partition.id());
        }
    }

    StreamCut position() {
        TreeMap<Long, Long> offsets = new TreeMap<>();
        cursors.forEach((id, cursor) -> offsets.put(id, cursor.position));
        return new StreamCut(stream.name(), offsets);
    }
}
