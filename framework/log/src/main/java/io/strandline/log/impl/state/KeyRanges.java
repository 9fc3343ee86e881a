package io.strandline.log.impl.state;

import io.strandline.KeyRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Arithmetic of key ranges: what a list of them covers, and their parts. */
public final class KeyRanges {

    /** By the lowest hash. */
    public static final Comparator<KeyRange> ASCENDING = (a, b) -> Long.compareUnsigned(a.from(), b.from());

    private KeyRanges() {}

    /** What two ranges that overlap have in common. */
    static KeyRange intersection(KeyRange a, KeyRange b) {
        return new KeyRange(
                Long.compareUnsigned(a.from(), b.from()) >= 0 ? a.from() : b.from(),
                Long.compareUnsigned(a.to(), b.to()) <= 0 ? a.to() : b.to());
    }

    /** True if the second range begins where the first ends. */
    static boolean areNeighbours(KeyRange first, KeyRange second) {
        return first.to() != -1L && first.to() + 1 == second.from();
    }

    /** The same keys in as few ranges as possible, for ranges in ascending order that do not overlap. */
    public static List<KeyRange> joined(List<KeyRange> ascending) {
        List<KeyRange> joined = new ArrayList<>();
        for (KeyRange range : ascending) {
            int last = joined.size() - 1;
            if (last >= 0 && areNeighbours(joined.get(last), range)) {
                joined.set(last, new KeyRange(joined.get(last).from(), range.to()));
            } else {
                joined.add(range);
            }
        }
        return joined;
    }

    /** The elements that have a key in common with a range. The elements ascend and do not overlap one another. */
    public static <T> List<T> overlapping(List<T> ascending, Function<T, KeyRange> keysOf, KeyRange range) {
        int low = 0;
        int high = ascending.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(keysOf.apply(ascending.get(middle)).to(), range.from()) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        int end = low;
        while (end < ascending.size() && keysOf.apply(ascending.get(end)).overlaps(range)) {
            end++;
        }
        return ascending.subList(low, end);
    }
}
