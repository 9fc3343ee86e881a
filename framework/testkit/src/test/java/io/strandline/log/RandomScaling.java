package io.strandline.log;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StreamDescription;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** Splits and merges neighbours, so that a stream stays between a few and many partitions. */
public final class RandomScaling {

    /** Borders lie at multiples of a 64th of all hashes. */
    private static final int GRID_SHIFT = 58;

    private final String stream;
    private final int maxPartitions;
    private final Random random;

    public RandomScaling(String stream, int maxPartitions, Random random) {
        this.stream = stream;
        this.maxPartitions = maxPartitions;
        this.random = random;
    }

    /** Scales the stream once. Must not be called again before that is done. */
    public Future<StreamDescription> next(Strandline log) {
        return log.catalog().describe(stream).compose(described -> scale(log, described.partitions()));
    }

    private Future<StreamDescription> scale(Strandline log, List<PartitionDescription> open) {
        boolean fewer = open.size() >= maxPartitions - 2 || (open.size() > 4 && random.nextInt(5) < 2);
        int sealed = fewer ? 2 + random.nextInt(2) : 1 + random.nextInt(2);
        sealed = Math.min(sealed, open.size());
        int opened = fewer ? 1 + random.nextInt(sealed - 1) : sealed + random.nextInt(2);
        int first = random.nextInt(open.size() - sealed + 1);
        List<PartitionDescription> parents = open.subList(first, first + sealed);
        Set<Long> ids = new TreeSet<>();
        parents.forEach(parent -> ids.add(parent.id()));
        KeyRange keys = new KeyRange(
                parents.get(0).keys().from(), parents.get(sealed - 1).keys().to());
        return log.catalog().scale(stream, ids, divided(keys, Math.max(1, opened)));
    }

    /** Cuts a range at random borders of a grid: a partition remembers each border for good, and may have so many only. */
    private List<KeyRange> divided(KeyRange keys, int count) {
        int first = (int) (keys.from() >>> GRID_SHIFT);
        int last = (int) (keys.to() >>> GRID_SHIFT);
        TreeSet<Integer> borders = new TreeSet<>();
        while (borders.size() < Math.min(count - 1, last - first)) {
            borders.add(first + 1 + random.nextInt(last - first));
        }
        List<KeyRange> ranges = new ArrayList<>();
        long from = keys.from();
        for (int border : borders) {
            long to = ((long) border << GRID_SHIFT) - 1;
            ranges.add(new KeyRange(from, to));
            from = to + 1;
        }
        ranges.add(new KeyRange(from, keys.to()));
        return ranges;
    }
}
