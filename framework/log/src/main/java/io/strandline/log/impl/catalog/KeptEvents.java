package io.strandline.log.impl.catalog;

import io.strandline.log.impl.chunk.BatchRun;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.state.Moment;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.SeenEnds;
import java.util.ArrayList;
import java.util.List;

/**
 * What a partition keeps, as retention counts and cuts it: in chunks by whole sections, in memory by whole batches.
 * Nothing here reads a chunk.
 */
final class KeptEvents {

    private KeptEvents() {}

    /**
     * The smallest part of a partition that can be removed, once everything before it is removed.
     *
     * @param partition its partition
     * @param endOffset offset after it
     * @param lastTime when its last event was appended, see {@link Partition#timeOf}
     * @param bytes its size in bytes
     */
    record Piece(long partition, long endOffset, long lastTime, long bytes) {}

    /** Bytes of all events, those that are in chunks with their indexes. */
    static long bytes(Partition partition) {
        long bytes = partition.tail().bytes();
        for (ChunkSection section : partition.sections()) {
            bytes += section.storedBytes();
        }
        return bytes;
    }

    /**
     * Offset after the last piece whose events all have stamps below the given one, or the start offset if there is none.
     */
    static long endOfOlder(Partition partition, long stamp) {
        int section = partition.sectionOfStamp(stamp);
        if (section < partition.sections().size()) {
            return section == 0
                    ? partition.startOffset()
                    : partition.sections().get(section - 1).endOffset();
        }
        int batch = partition.tail().indexOfStamp(stamp);
        if (batch > 0) {
            return partition.tail().endOffset(batch - 1);
        }
        return section == 0
                ? partition.startOffset()
                : partition.sections().get(section - 1).endOffset();
    }

    /** Offset after the last piece whose events are all older than an age, or the start offset if there is none. */
    static long endOfAged(Partition partition, long ageMillis, Moment now) {
        long older = endOfOlder(partition, now.wallMillis() - ageMillis);
        SeenEnds seen = partition.seenEnds();
        return seen == null ? older : Math.max(older, endOfWhole(partition, seen.endOfOlder(ageMillis, now)));
    }

    /** Offset after the last piece that ends at or before an offset, or the start offset if there is none. */
    static long endOfWhole(Partition partition, long offset) {
        if (offset <= partition.startOffset()) {
            return partition.startOffset();
        }
        if (offset >= partition.endOffset()) {
            return partition.endOffset();
        }
        if (!partition.tail().isEmpty() && offset >= partition.tail().baseOffset(0)) {
            // The batch that holds the offset stays, and what is before it ends where it begins.
            return Math.max(
                    partition.startOffset(),
                    partition.tail().baseOffset(partition.tail().indexOf(offset)));
        }
        ChunkSection section = partition.section(offset);
        return section == null ? partition.startOffset() : Math.max(partition.startOffset(), section.baseOffset());
    }

    /**
     * The first pieces of a partition.
     *
     * @param pieces in their order
     * @param isCutShort true if a limit ended them, and not what they were to cover
     */
    record Oldest(List<Piece> pieces, boolean isCutShort) {}

    /** The oldest pieces, as many as together take so many bytes, but at most {@code limit}. */
    static Oldest oldest(Partition partition, long bytes, int limit, Moment now) {
        List<Piece> pieces = new ArrayList<>();
        long sum = 0;
        for (ChunkSection section : partition.sections()) {
            if (sum >= bytes || pieces.size() >= limit) {
                return new Oldest(pieces, sum < bytes);
            }
            long time = partition.timeOf(section.lastStamp(), section.endOffset(), now);
            pieces.add(new Piece(partition.id(), section.endOffset(), time, section.storedBytes()));
            sum += section.storedBytes();
        }
        BatchRun tail = partition.tail();
        for (int i = 0; i < tail.size() && sum < bytes; i++) {
            if (pieces.size() >= limit) {
                return new Oldest(pieces, true);
            }
            long time = partition.timeOf(tail.stamp(i), tail.endOffset(i), now);
            pieces.add(new Piece(partition.id(), tail.endOffset(i), time, tail.lengthOf(i)));
            sum += tail.lengthOf(i);
        }
        return new Oldest(pieces, false);
    }
}
