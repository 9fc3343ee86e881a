package io.strandline.processing.pipeline.impl.state;

import io.strandline.processing.pipeline.spi.StateRecord;
import io.strandline.processing.pipeline.spi.StateTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The records of a {@link StateTable} in the order of their hashes, as unsigned numbers, and of their keys. They are asked for by ranges
 * in ascending order. Each slice of the table is hashed and sorted once, however many ranges it has.
 *
 * <p>For one thread, while nothing is put into the table.
 */
final class SortedRecords {

    private final StateTable table;

    /** Of the slice at hand, in their order. */
    private List<Settled> slice = List.of();
    /** First of them that is in no range before. */
    private int next;
    /** Lowest hash of the slice after it, 0 before the first one. */
    private long following;
    /** Whether there is no slice after it. */
    private boolean isLast;

    private int sorted;

    /** A record, and the hash of its key. */
    record Settled(long hash, StateRecord record) {}

    SortedRecords(StateTable table) {
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
            while (end < slice.size() && Long.compareUnsigned(slice.get(end).hash, to) <= 0) {
                end++;
            }
            found = joined(found, slice.subList(next, end));
            next = end;
            if (end < slice.size() || isLast || Long.compareUnsigned(following, to) > 0) {
                return found;
            }
            sort(Long.compareUnsigned(from, following) > 0 ? from : following);
        }
    }

    private void skipTo(long from) {
        while (next < slice.size() && Long.compareUnsigned(slice.get(next).hash, from) < 0) {
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

    /** Goes on to the slice that has a hash. */
    private void sort(long hash) {
        List<Settled> found = new ArrayList<>();
        following = table.slice(hash, record -> found.add(new Settled(record.hash(), record)));
        isLast = following == 0;
        found.sort((one, other) -> {
            int byHash = Long.compareUnsigned(one.hash, other.hash);
            return byHash != 0 ? byHash : compareKeys(one.record, other.record);
        });
        slice = found;
        next = 0;
        sorted++;
    }

    private static int compareKeys(StateRecord one, StateRecord other) {
        int from = one.keyFrom();
        int otherFrom = other.keyFrom();
        return Arrays.compareUnsigned(
                one.bytes(), from, from + one.keyLength(), other.bytes(), otherFrom, otherFrom + other.keyLength());
    }

    /** Number of slices that were sorted. */
    int sorted() {
        return sorted;
    }
}
