package io.strandline.processing.group;

import io.strandline.StreamName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far a group lags, in events and in time, at one moment.
 *
 * @param events the events that the group has not committed
 * @param millis stream → partition → age of the first event after the committed position that is kept, in milliseconds by the clock
 *     of this machine, at least 0. It has each stream of the group, and of a stream the partitions that lag
 */
public record TimedLag(GroupLag events, SortedMap<StreamName, SortedMap<Long, Long>> millis) {

    public TimedLag {
        TreeMap<StreamName, SortedMap<Long, Long>> copy = new TreeMap<>();
        millis.forEach((stream, ages) -> copy.put(stream, Collections.unmodifiableSortedMap(new TreeMap<>(ages))));
        millis = Collections.unmodifiableSortedMap(copy);
    }

    /** The longest of all partitions, in milliseconds. 0 if the group has committed everything. */
    public long longestMillis() {
        return millis.values().stream()
                .flatMap(ages -> ages.values().stream())
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }

    /** The age for one partition, in milliseconds, 0 if it does not lag. */
    public long millis(StreamName stream, long partition) {
        SortedMap<Long, Long> ages = millis.get(stream);
        return ages == null ? 0 : ages.getOrDefault(partition, 0L);
    }
}
