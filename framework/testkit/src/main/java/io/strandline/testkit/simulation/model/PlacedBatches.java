package io.strandline.testkit.simulation.model;

import io.strandline.KeyRange;
import io.strandline.Sequence;
import io.strandline.spi.Batch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The batches of one partition whose place is known, and whether they stand as they must. */
final class PlacedBatches {

    /** More than a batch takes in the indexes of a chunk. */
    private static final int INDEX_BYTES = 1_000;

    private final long partition;
    private final List<KeyRange> ranges;
    private final List<PlacedBatches> predecessors;
    private final Violations violations;
    private final TreeMap<Long, SentBatch> byBase = new TreeMap<>();
    private final Batch.Records records = new Batch.Records();

    /** Every batch from offset 0 on was known when it was last read in full. */
    private boolean knownFromZero;

    /** Range and writer → its newest batch, when it was last read in full. */
    private final Map<RangeWriter, SentBatch> newest = new HashMap<>();

    private record RangeWriter(KeyRange keys, long writer) {}

    /**
     * @param ranges ranges of keys of the partition with last sequences of their own
     * @param predecessors those of the partitions that it took over from
     */
    PlacedBatches(long partition, List<KeyRange> ranges, List<PlacedBatches> predecessors, Violations violations) {
        this.partition = partition;
        this.ranges = ranges;
        this.predecessors = predecessors;
        this.violations = violations;
    }

    Iterable<SentBatch> all() {
        return byBase.values();
    }

    void add(SentBatch batch) {
        byBase.put(batch.base, batch);
    }

    @Nullable
    SentBatch containing(long offset) {
        Map.Entry<Long, SentBatch> floor = byBase.floorEntry(offset);
        return floor != null && floor.getValue().end() > offset ? floor.getValue() : null;
    }

    /** Offset after the last batch. */
    private long end() {
        return byBase.isEmpty() ? 0 : byBase.lastEntry().getValue().end();
    }

    // ---- sizes and ages

    /** Offset of the first batch that is not wholly before a start and has a stamp as high as this, if one is known. */
    long baseOfFirstFrom(long stamp, long start) {
        return byBase.values().stream()
                .filter(batch -> batch.end() > start && batch.stamp >= stamp)
                .mapToLong(batch -> batch.base)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    /** Most bytes of those that are wholly before an offset. */
    long mostBytesBefore(long offset) {
        return byBase.headMap(offset).values().stream()
                .filter(batch -> batch.end() <= offset)
                .mapToLong(PlacedBatches::mostBytes)
                .sum();
    }

    /** Most bytes that a batch takes, with its part of the indexes. */
    static long mostBytes(SentBatch batch) {
        return 2L * batch.bytes.length + INDEX_BYTES;
    }

    /** Bytes of the batches that begin at or after an offset. */
    long bytesFrom(long offset) {
        return byBase.tailMap(offset).values().stream()
                .mapToLong(batch -> batch.bytes.length)
                .sum();
    }

    // ---- order

    /**
     * Everything between two offsets was just read: checks that nothing else is missing, and that sequences and stamps rise.
     *
     * @return true if every batch from offset 0 on is known
     */
    boolean check(long start, long end) {
        knownFromZero = checkOrder(start) && end() >= end;
        return knownFromZero;
    }

    /** Walks all known batches. Returns whether there is no gap. */
    private boolean checkOrder(long start) {
        newest.clear();
        boolean dense = true;
        SentBatch neighbour = null;
        for (SentBatch batch : byBase.values()) {
            if (batch.base != (neighbour == null ? 0 : neighbour.end())) {
                dense = false;
                newest.clear();
                checkGap(start, neighbour, batch);
            }
            RangeWriter writer = new RangeWriter(ranges.get(batch.range), batch.writer);
            SentBatch before = newest.put(writer, batch);
            Sequence expected = before != null ? before.last : dense ? inherited(writer) : batch.previous;
            violations.require(
                    expected == null || (batch.previous.equals(expected) && batch.last.compareTo(expected) > 0),
                    Invariant.NO_DUPLICATE,
                    () -> batch + " follows " + (before == null ? expected : before));
            checkStamps(neighbour, batch);
            checkCondition(batch);
            neighbour = batch;
        }
        return dense;
    }

    /**
     * The last sequence that a writer wrote in a range before this partition took over. Null if not all of that is known.
     */
    private @Nullable Sequence inherited(RangeWriter writer) {
        for (PlacedBatches predecessor : predecessors) {
            for (KeyRange range : predecessor.ranges) {
                if (range.overlaps(writer.keys)) {
                    SentBatch last = predecessor.newest.get(new RangeWriter(range, writer.writer));
                    if (last != null) {
                        return last.last;
                    }
                    return predecessor.knownFromZero
                            ? predecessor.inherited(new RangeWriter(range, writer.writer))
                            : null;
                }
            }
        }
        return Sequence.NONE;
    }

    /** Only what is removed may be missing. */
    private void checkGap(long start, @Nullable SentBatch before, SentBatch behind) {
        violations.require(
                behind.base <= start,
                Invariant.DENSE_OFFSETS,
                () -> "partition " + partition + " from " + start + " has a gap between " + before + " and " + behind);
    }

    private void checkStamps(@Nullable SentBatch before, SentBatch batch) {
        if (before == null && batch.base == 0) {
            predecessors.forEach(predecessor -> predecessor.checkLastStamp(batch));
        }
        violations.require(
                before == null || batch.stamp < 0 || batch.stamp >= before.stamp,
                Invariant.ONE_ORDER,
                () -> batch + " has stamp " + batch.stamp + ", which is earlier than that of " + before);
    }

    /** What rests on its key having nothing new follows nothing new of it, as far as the batches between are known. */
    private void checkCondition(SentBatch batch) {
        if (batch.unchangedSince < 0 || batch.unchangedSince >= batch.base) {
            return;
        }
        records.reset(batch.bytes, 0).next();
        byte[] key = Arrays.copyOfRange(records.bytes(), records.keyFrom(), records.keyFrom() + records.keyLength());
        Long first = byBase.floorKey(batch.unchangedSince);
        for (SentBatch between : byBase.subMap(first == null ? batch.unchangedSince : first, batch.base)
                .values()) {
            records.reset(between.bytes, 0);
            for (long offset = between.base; records.hasNext(); offset++) {
                records.next();
                violations.require(
                        offset < batch.unchangedSince || !records.hasKey(key),
                        Invariant.CONDITIONS_HELD,
                        () -> batch + " has its key in " + between);
            }
        }
    }

    private void checkLastStamp(SentBatch batch) {
        if (!byBase.isEmpty()) {
            checkStamps(byBase.lastEntry().getValue(), batch);
        }
    }
}
