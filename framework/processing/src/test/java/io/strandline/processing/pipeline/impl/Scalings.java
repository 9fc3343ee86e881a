package io.strandline.processing.pipeline.impl;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Splits and merges in a {@link MemoryLog}. */
public final class Scalings {

    private Scalings() {}

    private static PartitionDescription open(MemoryLog log, String stream, int index) {
        return log.partitionsNow(stream).get(index);
    }

    /** Cuts the open partition of this index, in key order, into two halves. Returns its id. */
    public static long split(MemoryLog log, String stream, int index, int oldNews) {
        PartitionDescription parent = open(log, stream, index);
        log.scale(stream, Set.of(parent.id()), parent.keys().halves(), oldNews);
        return parent.id();
    }

    /** Joins the open partitions from this index on. */
    public static void merge(MemoryLog log, String stream, int index, int count, int oldNews) {
        KeyRange all = new KeyRange(
                open(log, stream, index).keys().from(),
                open(log, stream, index + count - 1).keys().to());
        log.scale(stream, ids(log, stream, index, count), List.of(all), oldNews);
    }

    /** Gives the keys of two neighbours to three partitions. The middle one is a successor of both. */
    static void overlap(MemoryLog log, String stream, int index, int oldNews) {
        List<KeyRange> left = open(log, stream, index).keys().halves();
        List<KeyRange> right = open(log, stream, index + 1).keys().halves();
        List<KeyRange> three = List.of(
                left.get(0), new KeyRange(left.get(1).from(), right.get(0).to()), right.get(1));
        log.scale(stream, ids(log, stream, index, 2), three, oldNews);
    }

    private static Set<Long> ids(MemoryLog log, String stream, int index, int count) {
        return Set.copyOf(log.partitionsNow(stream).subList(index, index + count).stream()
                .map(PartitionDescription::id)
                .toList());
    }

    static void atRandom(MemoryLog log, String stream, Random random) {
        int open = log.partitionsNow(stream).size();
        int oldNews = random.nextInt(3);
        switch (open < 2 ? 0 : open > 6 ? 1 : random.nextInt(3)) {
            case 0 -> split(log, stream, random.nextInt(open), oldNews);
            case 1 -> {
                int count = 2 + random.nextInt(Math.min(2, open - 1));
                merge(log, stream, random.nextInt(open - count + 1), count, oldNews);
            }
            default -> overlap(log, stream, random.nextInt(open - 1), oldNews);
        }
    }
}
