package io.strandline.processing.pipeline.impl.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The records of a {@link RecordTable} in the order of their hashes, as unsigned numbers, and of their keys. They are asked for by ranges
 * in ascending order. Each segment of the table is hashed and sorted once, however many ranges it has.
 *
 * <p>For one thread, while nothing is put into the table.
 */
final class SortedRecords {

    private final RecordTable table;

    /** Of the segment at hand, in their order. */
    private List<Settled> segment = List.of();
    /** First of them that is in no range before. */
    private int next;
    /** Lowest hash of the segment after it, 0 before the first one. */
    private long following;
    /** Whether there is no segment after it. */
    private boolean isLast;

    private int sorted;

    /** Where the record of a key is. */
    record Settled(long hash, int address) {}

    SortedRecords(RecordTable table) {
        this.table = table;
    }

    /**
     * The records of a range.
     *
     * @param from lowest hash, higher than that of any range before
     * @param to highest hash
     */
    List<Settled> upTo(long from, long to) {
        List<Settled> found = List.of();
        while (true) {
            skipTo(from);
            int end = next;
            while (end < segment.size() && Long.compareUnsigned(segment.get(end).hash, to) <= 0) {
                end++;
            }
            found = joined(found, segment.subList(next, end));
            next = end;
            if (end < segment.size() || isLast || Long.compareUnsigned(following, to) > 0) {
                return found;
            }
            sort(Long.compareUnsigned(from, following) > 0 ? from : following);
        }
    }

    private void skipTo(long from) {
        while (next < segment.size() && Long.compareUnsigned(segment.get(next).hash, from) < 0) {
            next++;
        }
    }

    private static List<Settled> joined(List<Settled> before, List<Settled> after) {
        if (before.isEmpty()) {
            return after;
        }
        List<Settled> all = new ArrayList<>(before);
        all.addAll(after);
        return all;
    }

    /** Goes on to the segment that has a hash. */
    private void sort(long hash) {
        List<Settled> found = new ArrayList<>();
        following = table.forEachInSegment(hash, address -> found.add(new Settled(table.hashAt(address), address)));
        isLast = following == 0;
        found.sort((one, other) -> {
            int byHash = Long.compareUnsigned(one.hash, other.hash);
            return byHash != 0 ? byHash : compareKeys(one.address, other.address);
        });
        segment = found;
        next = 0;
        sorted++;
    }

    private int compareKeys(int one, int other) {
        byte[] page = table.page(one);
        byte[] otherPage = table.page(other);
        int key = StateRecords.number(page, table.offset(one));
        int otherKey = StateRecords.number(otherPage, table.offset(other));
        int from = table.offset(one) + StateRecords.size(key);
        int otherFrom = table.offset(other) + StateRecords.size(otherKey);
        return Arrays.compareUnsigned(page, from, from + key - 1, otherPage, otherFrom, otherFrom + otherKey - 1);
    }

    /** Number of segments that were sorted. */
    int sorted() {
        return sorted;
    }
}
