package io.strandline;

import java.util.ArrayList;
import java.util.List;

/**
 * A range of routing-key hashes, both ends included, compared as unsigned 64-bit numbers.
 *
 * @param from lowest hash in the range
 * @param to highest hash in the range
 */
public record KeyRange(long from, long to) {

    /** Every hash. */
    public static final KeyRange ALL = new KeyRange(0L, -1L);

    /**
     * Checks the parts.
     *
     * @throws StrandlineException.Invalid if {@code from} is above {@code to}
     */
    public KeyRange {
        if (Long.compareUnsigned(from, to) > 0) {
            throw new StrandlineException.Invalid(
                    "key range from " + Long.toUnsignedString(from) + " is above its end " + Long.toUnsignedString(to));
        }
    }

    public boolean contains(long hash) {
        return Long.compareUnsigned(hash, from) >= 0 && Long.compareUnsigned(hash, to) <= 0;
    }

    /** True if some hash is in both ranges. */
    public boolean overlaps(KeyRange other) {
        return Long.compareUnsigned(from, other.to) <= 0 && Long.compareUnsigned(other.from, to) <= 0;
    }

    /**
     * Cuts all hashes into equal ranges, in ascending order.
     *
     * @param count 1 or more
     */
    public static List<KeyRange> equalRanges(int count) {
        List<KeyRange> ranges = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ranges.add(new KeyRange(lowerBound(i, count), i == count - 1 ? -1L : lowerBound(i + 1, count) - 1));
        }
        return ranges;
    }

    /**
     * The two halves of this range, the lower one first: what a partition is split into.
     *
     * @throws StrandlineException.Invalid if the range is of a single hash
     */
    public List<KeyRange> halves() {
        if (from == to) {
            throw new StrandlineException.Invalid("key range " + this + " of one hash has no halves");
        }
        long middle = from + ((to - from) >>> 1);
        return List.of(new KeyRange(from, middle), new KeyRange(middle + 1, to));
    }

    /** The least h with floor(h · count / 2^64) = index, that is ceil(index · 2^64 / count). */
    private static long lowerBound(long index, long count) {
        // 2^64 · index / count by long division of the 128-bit number (index, 0), 32 bits at a time, where index <
        // count
        // ≤ 2^31.
        long high = (index << 32) / count;
        long rest = (index << 32) % count;
        long low = (rest << 32) / count;
        long remainder = (rest << 32) % count;
        long floor = (high << 32) + low;
        return remainder == 0 ? floor : floor + 1;
    }

    @Override
    public String toString() {
        return "[" + Long.toHexString(from) + ", " + Long.toHexString(to) + "]";
    }
}
