package io.strandline.testkit.simulation.model;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * A scaling that is asked for.
 *
 * @param seal open partitions
 * @param open ranges of those that take over, in ascending order
 */
public record AskedScaling(Set<Long> seal, List<KeyRange> open) {

    /** Open partitions of a stream, beyond which scalings make no more. */
    private static final int MAX_OPEN = 8;

    private static final int MAX_SEALED = 3;
    private static final int MAX_OPENED = 3;

    /** Takes neighbours and gives their keys to as many others, more or fewer. */
    public static AskedScaling draw(SplittableRandom random, List<PartitionDescription> open) {
        int count = 1 + random.nextInt(Math.min(MAX_SEALED, open.size()));
        int first = random.nextInt(open.size() - count + 1);
        Set<Long> seal = new TreeSet<>();
        open.subList(first, first + count).forEach(partition -> seal.add(partition.id()));
        KeyRange keys = new KeyRange(
                open.get(first).keys().from(),
                open.get(first + count - 1).keys().to());
        int most = Math.max(1, MAX_OPEN - open.size() + count);
        return new AskedScaling(seal, cut(random, keys, 1 + random.nextInt(Math.min(MAX_OPENED, most))));
    }

    /** Cuts a range into so many parts, of any size. */
    private static List<KeyRange> cut(SplittableRandom random, KeyRange keys, int parts) {
        TreeSet<Long> starts = new TreeSet<>(Long::compareUnsigned);
        starts.add(keys.from());
        long size = keys.to() - keys.from() + 1;
        for (int i = 1; i < parts; i++) {
            // Few places, so that later scalings find the same ones again.
            starts.add(keys.from() + Long.divideUnsigned(size == 0 ? -1L : size, 4) * random.nextInt(1, 4));
        }
        List<KeyRange> ranges = new ArrayList<>();
        for (Long start : starts) {
            Long next = starts.higher(start);
            ranges.add(new KeyRange(start, next == null ? keys.to() : next - 1));
        }
        return ranges;
    }
}
