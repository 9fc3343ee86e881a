package io.strandline.processing.group;

import io.strandline.StreamName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many events a group has not committed, at one moment.
 *
 * <p>Every event after a committed position counts. That includes events that were processed since the last commit, events
 * that the group's filters leave out, and events that were removed before the group has passed them.
 *
 * @param partitions stream → partition → events after the committed position, at least 0. It has each stream of the group,
 *     and of a stream the partitions that are not read to their end, successors that are still to be read included
 */
public record GroupLag(SortedMap<StreamName, SortedMap<Long, Long>> partitions) {

    public GroupLag {
        TreeMap<StreamName, SortedMap<Long, Long>> copy = new TreeMap<>();
        partitions.forEach((stream, lags) -> copy.put(stream, Collections.unmodifiableSortedMap(new TreeMap<>(lags))));
        partitions = Collections.unmodifiableSortedMap(copy);
    }

    /** The events of each stream. */
    public SortedMap<StreamName, Long> streams() {
        TreeMap<StreamName, Long> streams = new TreeMap<>();
        partitions.forEach((stream, lags) -> streams.put(stream, sum(lags)));
        return Collections.unmodifiableSortedMap(streams);
    }

    /** The events of all streams. 0 if the group has committed everything. */
    public long total() {
        return partitions.values().stream().mapToLong(GroupLag::sum).sum();
    }

    private static long sum(SortedMap<Long, Long> lags) {
        return lags.values().stream().mapToLong(Long::longValue).sum();
    }
}
