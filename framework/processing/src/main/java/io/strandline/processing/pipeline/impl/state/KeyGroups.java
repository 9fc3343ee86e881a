package io.strandline.processing.pipeline.impl.state;

import io.strandline.KeyRange;

/**
 * The groups of the keys of a task. A snapshot has all keys of a group, or those that have changed.
 *
 * <pre>
 *   hash   0 ··· lowest of the task ─┬─ … ─┬─ … ─┬─ … ─┬─ highest of the task ··· 2^64 - 1
 *   group            0               │  1  │  2  │  …  │            last
 * </pre>
 *
 * <p>A group has as many hashes as the power of two says with which there are 512 to {@value #COUNT} groups, if the task has so many
 * hashes. So a group has few keys, however many partitions share all hashes.
 *
 * @param keys hashes of the keys of the task. Others belong to the first or to the last group
 */
public record KeyGroups(KeyRange keys) {

    /** Most groups. Stored in snapshots. */
    public static final int COUNT = 1 << 10;

    /** Of all hashes, by their upper bits. */
    public static final KeyGroups ALL = new KeyGroups(KeyRange.ALL);

    private static final int COUNT_BITS = 10;

    /** The groups of what has both: a partition and a part of a pipeline. */
    static KeyGroups within(KeyRange partition, KeyRange part) {
        return partition.overlaps(part)
                ? new KeyGroups(new KeyRange(
                        higher(partition.from(), part.from()) ? partition.from() : part.from(),
                        higher(partition.to(), part.to()) ? part.to() : partition.to()))
                : new KeyGroups(partition);
    }

    private static boolean higher(long one, long other) {
        return Long.compareUnsigned(one, other) > 0;
    }

    private int shift() {
        return Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(keys.to() - keys.from()) - COUNT_BITS);
    }

    /** Group of a hash. A higher hash is in the same group or in a later one. */
    int of(long hash) {
        if (keys.contains(hash)) {
            return (int) ((hash - keys.from()) >>> shift());
        }
        return higher(hash, keys.to()) ? last() : 0;
    }

    /** The last group. The ones after it have no keys. */
    int last() {
        return (int) ((keys.to() - keys.from()) >>> shift());
    }

    /** Lowest hash of a group. */
    long lowest(int group) {
        return group == 0 ? 0 : keys.from() + ((long) group << shift());
    }

    /** Highest hash of a group. */
    long highest(int group) {
        return group == last() ? -1 : lowest(group + 1) - 1;
    }
}
